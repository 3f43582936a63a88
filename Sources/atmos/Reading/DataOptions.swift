internal import ArgumentParser
internal import CommandLineKit
internal import FoundationEssentials
internal import LocalStack
internal import Logging
internal import RunLedger
internal import Support
internal import SystemPackage

/// Which ledger a command reads.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of an exploration on this machine.",
            discussion: "Default: the servers that the environment names; where it names none, the folder in .atmos "
                + "that was explored last."))
    var data: String?

    @OptionGroup var ledger: LedgerOptions

    init() {}

    /// Where the explorations of this machine keep their folders, unless `--data` says otherwise.
    static let standardFolder: FilePath = ".atmos"

    /// Opens the ledger for as long as `body` takes, with the private servers of its folder where it has some and they
    /// are not running.
    ///
    /// - Parameters:
    ///   - mentioning: a text that may name a table; the folder of that exploration is then preferred.
    ///   - anySchema: whether a ledger that an older or newer program made will do.
    func withLedger<Result: Sendable>(
        mentioning text: String = "", anySchema: Bool = false, logger: Logger,
        _ body: @Sendable @escaping (RunLedger, LocalServers?) async throws -> Result
    ) async throws -> Result {
        let environment = try EnvironmentSetting.value(flag: ledger.mariadbURL, variable: EnvironmentNames.mariaDBURL)
        if data == nil, environment != nil {
            return try await read(ledger.configuration(), nil, logger) { ledger, servers in
                if !anySchema { try await Self.checkSchema(of: ledger) }
                return try await body(ledger, servers)
            }
        }
        let folder = try DataFolder(existing(mentioning: text))
        let servers = try LocalServers(folder: folder, logger: logger)
        let configuration = try servers.ledgerConfiguration()
        do {
            let lock = try folder.tryLock()
            defer { lock.unlock() }
            return try await servers.run {
                try await read(configuration, servers, logger) { ledger, servers in
                    // The folder is of whoever reads, so what an older program left in it may be brought up to date.
                    try await ledger.migrate()
                    return try await body(ledger, servers)
                }
            }
        } catch let error as DataFolderError where error.isInUse {
            // Somebody explores there right now, or reads as we do: the servers are up.
            return try await read(configuration, servers, logger, body)
        }
    }

    private static func checkSchema(of ledger: RunLedger) async throws {
        do {
            try await ledger.checkSchema()
        } catch let error as LedgerError where error.code == .notMigrated {
            throw SettingError(description: "\(error.message) `atmos-sql-client FILE --create-only` does that.")
        }
    }

    private func read<Result: Sendable>(
        _ configuration: LedgerConfiguration, _ servers: LocalServers?, _ logger: Logger,
        _ body: @Sendable (RunLedger, LocalServers?) async throws -> Result
    ) async throws -> Result {
        let ledger = try await RunLedger.connect(configuration, logger: logger)
        let result: Result
        do {
            result = try await body(ledger, servers)
        } catch {
            await ledger.close()
            throw error
        }
        await ledger.close()
        return result
    }

    private func existing(mentioning text: String) throws -> FilePath {
        if let data {
            guard FileManager.default.fileExists(atPath: FilePath(data).appending("mariadb").string) else {
                throw SettingError(
                    description: "'\(data)' is not the folder of an exploration; `atmos explore` makes one")
            }
            return FilePath(data)
        }
        let folders = explored()
        guard let latest = folders.first else {
            throw SettingError(
                description:
                    "there is nothing to read: no exploration in \(Self.standardFolder), and neither --data nor "
                    + "\(EnvironmentNames.mariaDBURL) says where else; `atmos explore` begins one")
        }
        let words = Set(text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map { $0.lowercased() })
        let mentioned = folders.first { words.contains($0.lastComponent!.string.replacing("-", with: "_")) }
        let chosen = mentioned ?? latest
        if folders.count > 1 {
            StandardError.write("reading \(chosen) (--data chooses another)\n")
        }
        return chosen
    }

    /// The folders of explorations, the one that was explored last first.
    private func explored() -> [FilePath] {
        let manager = FileManager.default
        let names = (try? manager.contentsOfDirectory(atPath: Self.standardFolder.string)) ?? []
        let folders = names.map { Self.standardFolder.appending($0) }.filter {
            manager.fileExists(atPath: $0.appending("mariadb").string)
        }
        func explored(_ folder: FilePath) -> Date {
            let attributes = try? manager.attributesOfItem(atPath: folder.appending("logs").string)
            return attributes?[.modificationDate] as? Date ?? .distantPast
        }
        return folders.sorted { explored($0) > explored($1) }
    }
}

extension DataFolderError {
    fileprivate var isInUse: Bool {
        if case .inUse = code { true } else { false }
    }
}
