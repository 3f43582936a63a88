internal import ArgumentParser
internal import Exploration
internal import Hashing
internal import LocalStack
internal import Logging
internal import ParameterSpace
internal import RunLedger
internal import SystemPackage

/// `atmos import`: an exported file into a fresh ledger.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Read an exported file into a ledger that has no runs of its exploration yet.",
        discussion: """
            All of the file is imported, or nothing: a wrong line is named with what is wrong about it. The exploration \
            is registered as the file describes it; `atmos explore` can then go on from there, after `atmos reconcile`.

              atmos import earth.csv --data .atmos/earth-again
            """)

    @Argument(help: "The file, as `atmos export` wrote it: .csv, .jsonl, .vot or .tbl.")
    var file: String

    @Option(
        help:
            "The folder of an exploration on this machine, made where there is none (default: the servers that the environment names, else .atmos/NAME)."
    )
    var data: String?

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos import", log, defaultLevel: .error) { logger in
            let runs = try RunFile(path: file, format: ExchangeFile.format(of: file))
            let definition = try DefinitionReader.read(
                text: runs.schema.definition, file: "the definition in \(file)")
            let environment = try Settings.value(flag: ledger.mariadbURL, variable: EnvironmentNames.mariaDBURL)
            let count: Int
            if data == nil, environment != nil {
                count = try await read(runs, definition, into: ledger.configuration(), logger)
            } else {
                let standard = DataOptions.standardFolder.appending(definition.name)
                let folder = try DataFolder(data.map { FilePath($0) } ?? standard)
                let lock = try folder.tryLock()
                defer { lock.unlock() }
                let servers = LocalServers(folder: folder, logger: logger)
                count = try await servers.run {
                    try await read(runs, definition, into: servers.ledgerConfiguration(), logger)
                }
            }
            print("\(count) runs of '\(definition.name)' imported")
            return .success
        }
    }

    private func read(
        _ runs: RunFile, _ definition: ExplorationDefinition, into configuration: LedgerConfiguration, _ logger: Logger
    ) async throws -> Int {
        let ledger = try await RunLedger.connect(configuration, createDatabase: true, logger: logger)
        do {
            _ = try await ledger.migrate()
            let isNew = try await !ledger.registered().contains { $0.name == definition.name }
            try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
            do {
                let space = definition.space
                let count = try await ledger.importRuns(from: runs) { hash, code in
                    Self.problem(hash: hash, code: code, space)
                }
                await ledger.close()
                return count
            } catch {
                if isNew { try await ledger.drop(exploration: definition.name) }
                throw error
            }
        } catch {
            await ledger.close()
            throw error
        }
    }

    /// The hash is the key of a run, and of everything that is known of it; a file that was edited may have wrong ones.
    private static func problem(hash: [UInt8], code: String?, _ space: Space) -> String? {
        guard let code else { return nil }
        do {
            let right = space.hash(of: try space.point(code: code))
            return right.bytes == hash
                ? nil : "the point \(code) has the hash \(right), not \(Hexadecimal.encode(hash))"
        } catch {
            return "\(error)"
        }
    }
}
