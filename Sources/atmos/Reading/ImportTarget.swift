internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LocalStack
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support
internal import SystemPackage

/// The ledger that an import goes into; it is made where there is none.
struct ImportTarget: ParsableArguments {
    @Option(
        help:
            "The folder of an exploration on this machine, made where there is none (default: the servers that the environment names, else .atmos/NAME)."
    )
    var data: String?

    @OptionGroup var ledger: LedgerOptions

    init() {}

    /// Registers the exploration and opens its ledger for as long as `body` takes. Where that fails, an exploration that
    /// was not there before is not there afterwards.
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
        let ledger = try await RunLedger.connect(configuration, createDatabase: true, logger: logger)
        do {
            _ = try await ledger.migrate()
            let isNew = try await !ledger.registered().contains { $0.name == definition.name }
            try await LedgerSetup(definition: definition, ledger: ledger).prepare(creates: true)
            do {
                let result = try await body(ledger)
                await ledger.close()
                return result
            } catch {
                if isNew { try await ledger.drop(exploration: definition.name) }
                throw error
            }
        } catch {
            await ledger.close()
            throw error
        }
    }
}
