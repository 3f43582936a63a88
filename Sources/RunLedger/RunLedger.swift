public import Logging

/// The ledger of runs in a MariaDB or MySQL database: the points, their states, and every attempt at them.
///
/// Every writing operation takes a batch, is one transaction, and may be repeated: what it stores does not depend on
/// how often messages arrive, nor in which order. Deadlocks and lost connections are retried for
/// ``LedgerConfiguration/retryTimeout``. An operation that returns is committed.
///
/// One session writes and a few read, each on a separate thread, since the client library blocks. Readers do not wait
/// for writers.
public actor RunLedger {
    let configuration: LedgerConfiguration
    let logger: Logger
    private let writer: LedgerSession
    private let readers: ReaderPool
    private let tables = RunTableCache()

    private init(_ configuration: LedgerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        writer = LedgerSession(configuration, logger: logger)
        readers = ReaderPool(configuration, logger: logger)
    }

    /// Connects to a ledger. Fails at once if the server does not answer.
    ///
    /// - Parameters:
    ///   - createDatabase: whether to create the database if it is missing. ``migrate()`` creates its tables.
    /// - Throws: ``LedgerError``: `unreachable`, `authentication`, `insecure`, `unknownDatabase` or
    ///   `unsupportedServer`.
    public static func connect(
        _ configuration: LedgerConfiguration, createDatabase: Bool = false, logger: Logger
    ) async throws -> RunLedger {
        let ledger = RunLedger(configuration, logger: logger)
        do {
            try await ledger.writer.open(createDatabase: createDatabase)
        } catch let error as MariaDBError {
            throw error.ledgerError(at: configuration)
        }
        return ledger
    }

    /// Connects to a ledger, passes it to `body`, and closes it when `body` returns or throws.
    ///
    /// - Parameters:
    ///   - createDatabase: whether to create the database if it is missing.
    /// - Throws: ``LedgerError``, as ``connect(_:createDatabase:logger:)``; the error of `body`.
    public static func withConnection<Result>(
        _ configuration: LedgerConfiguration, createDatabase: Bool = false, logger: Logger,
        _ body: (RunLedger) async throws -> Result
    ) async throws -> Result {
        let ledger = try await connect(configuration, createDatabase: createDatabase, logger: logger)
        let result: Result
        do {
            result = try await body(ledger)
        } catch {
            await ledger.close()
            throw error
        }
        await ledger.close()
        return result
    }

    /// Ends the sessions. Every later operation throws ``LedgerError`` with code `closed`.
    public func close() async {
        await writer.close()
        await readers.close()
    }
}

// MARK: - Operations

extension RunLedger {
    /// Runs `body` on a session for reading and translates errors.
    func read<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Result {
        try await translating { try await readers.perform(operation, body) }
    }

    /// Runs `body` on a session for reading, with the registered table called `table`.
    func read<Result: Sendable>(
        _ operation: String, in table: String, _ body: @Sendable (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> Result {
        try await withFreshTable(table) {
            try await readers.perform(operation) { try body($0, try runTable(table, on: $0)) }
        }
    }

    /// Runs `body` on the session for writing, outside of a transaction, and translates errors. For changes of the
    /// schema, each of which the server commits at once.
    func write<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Result {
        try await translating { try await writer.perform(operation, body).result }
    }

    /// Runs `body` in a transaction on the session for writing, with the registered table called `table`.
    func write<Result: Sendable>(
        _ operation: String, in table: String, _ body: @Sendable (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> LedgerSession.Performed<Result> {
        try await withFreshTable(table) {
            try await writer.perform(operation) { connection in
                let runs = try runTable(table, on: connection)
                return try connection.transaction { try body(connection, runs) }
            }
        }
    }

    /// Forgets all cached tables, because one was created or dropped.
    func forgetTables() { tables.forgetAll() }

    /// Runs `body`, and once more with a new look at the registry if the cached table may be out of date.
    private func withFreshTable<Result: Sendable>(
        _ table: String, _ body: () async throws -> Result
    ) async throws -> Result {
        try await translating {
            do {
                return try await body()
            } catch let error as MariaDBError where error.mayBeStaleRegistry && tables.forget(table) {
                return try await body()
            }
        }
    }

    private nonisolated func runTable(_ table: String, on connection: MariaDBConnection) throws -> RunTable {
        guard let known = try tables.table(table, on: connection) else {
            throw LedgerError(
                .unknownExploration,
                "no exploration is registered under the table '\(table)' at \(configuration): register it first")
        }
        return known
    }

    private func translating<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as MariaDBError {
            guard error.isMissingTable else { throw error.ledgerError(at: configuration) }
            throw LedgerError(
                .notMigrated,
                "the ledger at \(configuration) lacks a table (\(error.message)): migrate it and register its"
                    + " explorations first", cause: error)
        }
    }
}
