internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import LocalStack
internal import Logging
internal import SystemPackage

/// `atmos explore`: the one-machine stack.
struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Explore a parameter space on this machine, from the start point to the map.",
        discussion: """
            Starts a private Redis and a private MariaDB in a folder of the exploration's own, all roles, and a worker \
            for each core; shows how far it is; ends with a summary and a map. Ctrl-C stops it in order and loses \
            nothing: the same command goes on from there, and so it does after a crash. When a budget is spent (points, \
            wall time, core-hours, a tolerance, of the file or of the command), what is running is finished first.

            Exit status: 0 when all points have their verdict or the budget is spent, 1 when some ended in errors, \
            78 for a wrong file or a missing model, 130 after Ctrl-C.
            """)

    @Argument(help: "The exploration's YAML file; see config/explorations/ for examples.")
    var file: String

    @Option(help: "The folder for servers, files and logs (default: .atmos/NAME).")
    var data: String?

    @OptionGroup var budget: BudgetOptions

    @Option(help: "How many workers run (default: one for each core).")
    var workers: Int?

    @OptionGroup var axes: MapAxesOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard workers ?? 1 >= 1 else { throw ValidationError("--workers must be at least 1") }
    }

    func run() async throws {
        try await Program.run("atmos explore", log, defaultLevel: .warning) { logger in
            let definition = try DefinitionReader.read(file: file)
            try axes.check(against: definition)
            // A missing model is better said now than by every worker's log.
            _ = try await definition.model.makeModel(in: definition)
            let standard = DataOptions.standardFolder.appending(definition.name)
            let folder = try DataFolder(data.map { FilePath($0) } ?? standard)
            let lock = try folder.tryLock()
            defer { lock.unlock() }
            let exploration = LocalExploration(
                definition: definition,
                file: FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(file)),
                folder: folder, budget: try budget.budget(of: definition),
                workers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
                axes: axes, logger: logger)
            return try await exploration.run()
        }
    }
}
