internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import RunLedger
internal import Support

/// `atmos runs`: runs by what they are like.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List runs: by state, verdict, time, or any condition on their columns.",
        discussion: """
              atmos runs --state error --since 1h
              atmos runs --verdict stable --where "CO2 > 0.1 and surface_temperature < 290" --sort -surface_temperature
              atmos runs --where "message like '%runaway%'" --columns code,message,worker --format csv
            """)

    @OptionGroup var filter: RunFilterOptions

    @Option(
        parsing: .unconditional,
        help: "Sort by these columns, comma-separated; with - before one, the greatest first: -run_time,CO2.")
    var sort: String?

    @Option(help: "Show these columns, comma-separated, or 'all' (default: code, state, verdict, outputs, error, …).")
    var columns: String?

    @Option(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

    @OptionGroup var printing: PrintOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos runs", log, defaultLevel: .error) { logger in
            try await data.withLedger(mentioning: exploration ?? "", logger: logger) { [self] ledger, _ in
                let registered = try await ExplorationChoice.choose(exploration, from: ledger.registered())
                try await printing.print(
                    ledger.runs(
                        in: registered.table, filter.filter, columns: shown(of: registered), order: order,
                        limit: printing.limit, timeLimit: printing.timeLimit))
            }
            return .success
        }
    }

    private var order: [RunOrder] {
        (sort ?? "").split(separator: ",").map { name in
            let isDescending = name.hasPrefix("-")
            return RunOrder(column: String(isDescending ? name.dropFirst() : name), isDescending: isDescending)
        }
    }

    /// The code says what the parameters are; of a hash the eye has little.
    private func shown(of exploration: RegisteredExploration) -> [String]? {
        if columns == "all" { return nil }
        if let columns { return columns.split(separator: ",").map(String.init) }
        return ["code", "state", "verdict"] + exploration.outputs.prefix(3).map(\.name)
            + ["attempt_count", "run_time", "ended_at", "error", "message"]
    }
}

/// Which exploration of a ledger a command is about.
enum ExplorationChoice {
    /// The one of that name, or the only one.
    ///
    /// - Throws: ``SettingError`` that names those that there are.
    static func choose(
        _ name: String?, from registered: [RegisteredExploration]
    ) throws -> RegisteredExploration {
        let names = registered.map(\.name).joined(separator: ", ")
        guard !registered.isEmpty else { throw SettingError(description: "the ledger has no exploration yet") }
        if let name {
            guard let found = registered.first(where: { $0.name == name }) else {
                throw SettingError(description: "the ledger has no exploration '\(name)'; it has \(names)")
            }
            return found
        }
        guard registered.count == 1 else {
            throw SettingError(description: "say which exploration (--exploration): \(names)")
        }
        return registered[0]
    }
}

extension RegisteredExploration {
    /// What it is, read from the ledger's copy of its file.
    ///
    /// - Throws: ``DefinitionError`` where this program cannot read it.
    func readDefinition() throws -> ExplorationDefinition {
        try DefinitionReader.read(text: definition, file: "the ledger's copy of \(name)")
    }
}
