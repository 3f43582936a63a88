internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import LocalStack
internal import Logging
internal import Pipeline
internal import RedisClient
internal import RunLedger
internal import Support
internal import SystemPackage

/// The ledger that a command reads.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the exploration in this folder.",
            discussion: "Default: the servers that the environment names; without those, the folder .atmos/NAME if "
                + "--exploration NAME is given, else the folder in .atmos that was explored last."))
    var data: String?

    @OptionGroup var ledger: LedgerOptions

    init() {}

    /// The parent of the explorations' folders on this machine.
    static let standardFolder: FilePath = ".atmos"

    /// Opens the ledger for as long as `body` takes, and starts the private servers of its folder if they are not
    /// running.
    ///
    /// - Parameters:
    ///   - exploration: chooses the folder if neither `--data` nor the environment does.
    ///   - anySchema: whether to accept a ledger that an older or newer program made.
    func withLedger<Result: Sendable>(
        of exploration: String? = nil, anySchema: Bool = false, logger: Logger,
        _ body: @Sendable @escaping (RunLedger, LocalServers?) async throws -> Result
    ) async throws -> Result {
        if try readsServersOfEnvironment {
            return try await read(ledger.configuration(), nil, logger) { ledger, servers in
                if !anySchema { try await Self.checkSchema(of: ledger) }
                return try await body(ledger, servers)
            }
        }
        let folder = try DataFolder(existingFolder(of: exploration))
        let servers = try LocalServers(folder: folder, logger: logger)
        let configuration = try servers.ledgerConfiguration()
        do {
            let lock = try folder.tryLock()
            defer { lock.unlock() }
            return try await servers.run {
                try await read(configuration, servers, logger) { ledger, servers in
                    // No other program uses a local folder's ledger, so what an older version left may be migrated.
                    try await ledger.migrate()
                    return try await body(ledger, servers)
                }
            }
        } catch let error as DataFolderError where error.isInUse {
            // Another process explores or reads in this folder, so its servers are running.
            return try await read(configuration, servers, logger, body)
        }
    }

    /// Opens the ledger and the queues of an exploration for as long as `body` takes.
    ///
    /// - Parameter role: the name under which the command appears in the queues' reports.
    func withRing<Result: Sendable>(
        of exploration: ExplorationOption, _ redis: RedisOptions, as role: String, logger: Logger,
        _ body: @Sendable @escaping (Ring) async throws -> Result
    ) async throws -> Result {
        try await withLedger(of: exploration.name(), logger: logger) { ledger, servers in
            let definition = try await exploration.choose(from: ledger.registered()).readDefinition()
            return try await withConnections { connections in
                let queues = try await connections.queues(
                    of: definition, at: redis.configuration(of: servers), as: role, logger: logger)
                return try await body(Ring(definition: definition, queues: queues, ledger: ledger, logger: logger))
            }
        }
    }

    /// Names the other explorations on this machine, for an error about a table that the ledger does not have; `nil` if
    /// there are none to choose from.
    var otherExplorations: String? {
        guard data == nil, (try? readsServersOfEnvironment) == false else { return nil }
        let folders = Self.exploredFolders()
        guard folders.count > 1 else { return nil }
        return Self.names(of: folders)
    }

    private var readsServersOfEnvironment: Bool {
        get throws {
            let url = try EnvironmentSetting.value(flag: ledger.mariadbURL, variable: EnvironmentNames.mariaDBURL)
            return data == nil && url != nil
        }
    }

    private static func checkSchema(of ledger: RunLedger) async throws {
        do {
            try await ledger.checkSchema()
        } catch let error as LedgerError where error.code == .notMigrated {
            throw SettingError(description: "\(error.message); run `atmos-sql-client FILE --create-only` to migrate it")
        }
    }

    private func read<Result: Sendable>(
        _ configuration: LedgerConfiguration, _ servers: LocalServers?, _ logger: Logger,
        _ body: @Sendable (RunLedger, LocalServers?) async throws -> Result
    ) async throws -> Result {
        try await withConnections { connections in
            try await body(connections.ledger(at: configuration, logger: logger), servers)
        }
    }
}

extension DataOptions {
    /// The folder to read: `--data`, else that of the exploration, else the one that was explored last.
    private func existingFolder(of exploration: String?) throws -> FilePath {
        if let data {
            guard FileManager.default.fileExists(atPath: FilePath(data).appending("mariadb").string) else {
                throw SettingError(
                    description: "'\(data)' is not the folder of an exploration; `atmos explore` creates one")
            }
            return FilePath(data)
        }
        let folders = Self.exploredFolders()
        guard let latest = folders.first else {
            throw SettingError(
                description: "nothing to read: \(Self.standardFolder) has no exploration, and neither --data nor "
                    + "\(EnvironmentNames.mariaDBURL) names one elsewhere; `atmos explore` starts one")
        }
        if let exploration {
            if let folder = folders.first(where: { $0.lastComponent?.string == exploration }) { return folder }
            // A single folder may have been given another name with --data; its ledger knows what it has.
            guard folders.count > 1 else { return latest }
            throw SettingError(
                description: "\(Self.standardFolder) has no exploration '\(exploration)'; it has "
                    + "\(Self.names(of: folders)); --data names a folder elsewhere")
        }
        if folders.count > 1 {
            StandardError.write("reading \(latest), explored last (--exploration or --data chooses another)\n")
        }
        return latest
    }

    private static func names(of folders: [FilePath]) -> String {
        folders.compactMap { $0.lastComponent?.string }.sorted().joined(separator: ", ")
    }

    /// The explorations' folders on this machine, the one that was explored last first.
    private static func exploredFolders() -> [FilePath] {
        let manager = FileManager.default
        let names = (try? manager.contentsOfDirectory(atPath: standardFolder.string)) ?? []
        let folders = names.map { standardFolder.appending($0) }.filter {
            manager.fileExists(atPath: $0.appending("mariadb").string)
        }
        func lastExplored(_ folder: FilePath) -> Date {
            let attributes = try? manager.attributesOfItem(atPath: folder.appending("logs").string)
            return attributes?[.modificationDate] as? Date ?? .distantPast
        }
        return folders.sorted { lastExplored($0) > lastExplored($1) }
    }
}

extension RedisOptions {
    /// The private Redis of a folder, unless a flag names another.
    func configuration(of servers: LocalServers?) throws -> RedisConfiguration {
        if redisURL == nil, let servers { return try servers.redisConfiguration() }
        return try configuration()
    }
}

extension DataFolderError {
    fileprivate var isInUse: Bool {
        if case .inUse = code { true } else { false }
    }
}
