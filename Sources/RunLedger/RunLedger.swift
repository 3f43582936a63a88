public import Logging

/// The ledger of runs in a MariaDB database: which points there are, in which state, and what became of each attempt.
///
/// Every writing operation takes a batch, is one transaction, and may be repeated: what it stores does not depend on
/// how often a message arrives, nor in which order messages do. Deadlocks and lost connections are retried within it,
/// for ``LedgerConfiguration/retryTime``; an operation that returns is committed.
///
/// The client library blocks, so the actor runs on a thread of its own.
public actor RunLedger {
    let configuration: LedgerConfiguration
    let logger: Logger
    private let thread = LedgerThread()
    /// The session, or nil where it was lost and not made anew yet.
    private var connection: MariaDBConnection?
    private var isClosed = false
    /// The tables of explorations that were looked up, by the table's name.
    private var tables: [String: RunTable] = [:]

    /// The thread that the ledger's operations run on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(_ configuration: LedgerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    deinit { thread.stop() }

    /// Connects to a ledger. A server that is not there is not waited for.
    ///
    /// - Parameters:
    ///   - createDatabase: whether to create the database where there is none. Its tables are made by ``migrate()``.
    /// - Throws: ``LedgerError``: `unreachable`, `authentication`, `unknownDatabase` or `unsupportedServer`.
    public static func connect(
        _ configuration: LedgerConfiguration, createDatabase: Bool = false, logger: Logger
    ) async throws -> RunLedger {
        let ledger = RunLedger(configuration, logger: logger)
        try await ledger.open(createDatabase: createDatabase)
        return ledger
    }

    /// Ends the session. Every later operation throws ``LedgerError`` with code `closed`.
    public func close() {
        connection = nil
        isClosed = true
    }

    private func open(createDatabase: Bool) throws {
        do {
            if createDatabase {
                let server = try MariaDBConnection(configuration, choosingDatabase: false)
                try server.execute(
                    """
                    CREATE DATABASE IF NOT EXISTS \(Identifier(database: configuration.database))
                    DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                    """)
            }
            connection = try MariaDBConnection(configuration)
        } catch let error as MariaDBError {
            throw error.ledgerError(at: configuration)
        }
        logger.debug("The ledger is connected", metadata: ["url": "\(configuration)"])
    }
}

// MARK: - Operations and their retries

extension RunLedger {
    /// The result of an operation, and whether a commit of unknown outcome came before it.
    struct Performed<Result> {
        let result: Result
        let retriedAfterUnknownCommit: Bool
    }

    /// Runs `body` on the session, again where others stood in the way or the connection was lost.
    ///
    /// Between two tries the actor is free for other operations; each try is whole in itself.
    func perform<Result>(
        _ operation: String, _ body: (MariaDBConnection) throws -> Result
    ) async throws -> Performed<Result> {
        let deadline = ContinuousClock.now + configuration.retryTime
        var pause = RetryPause()
        var isAfterUnknownCommit = false
        var hasWarned = false
        while true {
            guard !isClosed else {
                throw LedgerError(.closed, "The ledger at \(configuration) was closed: connect anew.")
            }
            do {
                let result = try body(try openConnection())
                return Performed(result: result, retriedAfterUnknownCommit: isAfterUnknownCommit)
            } catch let error as MariaDBError {
                if error.isConnectionLost {
                    connection = nil
                    isAfterUnknownCommit = isAfterUnknownCommit || error.isDuringCommit
                }
                guard error.isConnectionLost || error.isTransient, ContinuousClock.now < deadline else {
                    throw error
                }
                // One outage is worth one warning, however often it makes us try.
                logger.log(
                    level: error.isConnectionLost && !hasWarned ? .warning : .debug, "The ledger tries again",
                    metadata: ["operation": "\(operation)", "reason": "\(error.message)"])
                hasWarned = hasWarned || error.isConnectionLost
                try await Task.sleep(for: pause.next())
            }
        }
    }

    /// Runs `body`, which only reads, and translates errors.
    func read<Result>(_ operation: String, _ body: (MariaDBConnection) throws -> Result) async throws -> Result {
        do {
            return try await perform(operation, body).result
        } catch let error as MariaDBError {
            throw translated(error)
        }
    }

    /// Runs `body` in a transaction on the table called `table`, and translates errors.
    func write<Result>(
        _ operation: String, in table: String, _ body: (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> Performed<Result> {
        try await onTable(table) {
            try await perform(operation) { connection in
                let runs = try runTable(table, on: connection)
                return try connection.transaction { try body(connection, runs) }
            }
        }
    }

    /// Runs `body`, which only reads, on the table called `table`, and translates errors.
    func read<Result>(
        _ operation: String, in table: String, _ body: (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> Result {
        try await onTable(table) {
            try await perform(operation) { try body($0, try runTable(table, on: $0)) }
        }.result
    }

    /// Forgets what is remembered of all tables, as after one was made or dropped.
    func forgetTables() { tables = [:] }

    /// Tries once more with a fresh look at the registry where the remembered one may be out of date.
    private func onTable<Result>(
        _ table: String, _ body: () async throws -> Performed<Result>
    ) async throws -> Performed<Result> {
        do {
            do {
                return try await body()
            } catch let error as MariaDBError where error.mayBeStaleRegistry && tables[table] != nil {
                tables[table] = nil
                return try await body()
            }
        } catch let error as MariaDBError {
            throw translated(error)
        }
    }

    private func runTable(_ table: String, on connection: MariaDBConnection) throws -> RunTable {
        if let known = tables[table] { return known }
        guard let entry = try Registry(connection: connection).entry(ofTable: table) else {
            throw LedgerError(
                .unknownExploration,
                "No exploration is registered under the table “\(table)” at \(configuration): register it first.")
        }
        let runs = try RunTable(id: entry.id, entry.exploration)
        tables[table] = runs
        return runs
    }

    private func openConnection() throws -> MariaDBConnection {
        if let connection { return connection }
        let new = try MariaDBConnection(configuration)
        logger.info("The ledger is connected again", metadata: ["url": "\(configuration)"])
        connection = new
        return new
    }

    private func translated(_ error: MariaDBError) -> LedgerError {
        if error.isMissingTable {
            return LedgerError(
                .notMigrated,
                "The ledger at \(configuration) lacks a table (\(error.message)): migrate it, and register its"
                    + " explorations, first.", cause: error)
        }
        return error.ledgerError(at: configuration)
    }
}
