internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LocalStack
internal import Logging
internal import ParameterSpace
internal import Pipeline
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos import`: an exported file into an empty ledger.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Read an exported file into a ledger that does not have runs of its exploration yet.",
        discussion: """
            The file is imported completely or not at all; an error names the line and what is wrong with it. The \
            exploration is registered with the definition in the file. To continue it, run `atmos reconcile` and then \
            `atmos explore`.

              atmos import earth.csv --data .atmos/earth-again
            """)

    @Argument(help: "The file, as `atmos export` wrote it: .csv, .jsonl, .vot or .tbl.")
    var file: String

    @OptionGroup var target: ImportTarget
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos import", log, defaultLevel: .error) { logger in
            let runs = try RunFile(path: file, format: ExchangeFormat.named(by: file))
            let definition = try DefinitionReader.read(
                text: runs.schema.definition, file: "the definition in \(file)")
            let count = try await target.withLedger(of: definition, logger: logger) { ledger in
                try await read(runs, definition, into: ledger)
            }
            print("\(count) runs of '\(definition.name)' imported")
            return .success
        }
    }

    private func read(
        _ runs: RunFile, _ definition: ExplorationDefinition, into ledger: RunLedger
    ) async throws -> Int {
        let space = definition.space
        return try await ledger.importRuns(from: runs) { hash, code in
            Self.problem(hash: hash, code: code, space)
        }
    }

    /// Checks a row's hash, which is the key of a run everywhere. An edited file may contain wrong ones.
    private static func problem(hash: [UInt8], code: String?, _ space: Space) -> String? {
        guard let code else { return nil }
        do {
            let expected = space.hash(of: try space.point(code: code))
            return expected.bytes == hash
                ? nil : "the point \(code) has the hash \(expected), not \(Hexadecimal.encode(hash))"
        } catch {
            return "\(error)"
        }
    }
}

/// The ledger that an import writes to. It is created if it does not exist.
struct ImportTarget: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Import into this folder; it is created if it does not exist.",
            discussion: "Default: the servers that the environment names, else .atmos/NAME."))
    var data: String?

    @OptionGroup var ledger: LedgerOptions

    init() {}

    /// Registers the exploration and opens its ledger for as long as `body` takes. If that fails, a new exploration is
    /// removed again.
    func withLedger<Result: Sendable>(
        of definition: ExplorationDefinition, logger: Logger,
        _ body: @Sendable @escaping (RunLedger) async throws -> Result
    ) async throws -> Result {
        let environment = try EnvironmentSetting.value(flag: ledger.mariadbURL, variable: EnvironmentNames.mariaDBURL)
        if data == nil, environment != nil {
            return try await Self.open(ledger.configuration(), definition, logger, body)
        }
        let standard = DataOptions.standardFolder.appending(definition.name)
        let folder = try DataFolder(data.map { FilePath($0) } ?? standard)
        let lock = try folder.tryLock()
        defer { lock.unlock() }
        let servers = try LocalServers(folder: folder, logger: logger)
        return try await servers.run {
            try await Self.open(servers.ledgerConfiguration(), definition, logger, body)
        }
    }

    private static func open<Result: Sendable>(
        _ configuration: LedgerConfiguration, _ definition: ExplorationDefinition, _ logger: Logger,
        _ body: @Sendable (RunLedger) async throws -> Result
    ) async throws -> Result {
        try await withConnections { connections in
            let ledger = try await connections.ledger(at: configuration, createDatabase: true, logger: logger)
            _ = try await ledger.migrate()
            let isNew = try await !ledger.registered().contains { $0.name == definition.name }
            try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
            do {
                return try await body(ledger)
            } catch {
                if isNew { try await ledger.drop(exploration: definition.name) }
                throw error
            }
        }
    }
}
