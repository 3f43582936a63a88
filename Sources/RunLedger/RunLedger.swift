public import Logging

/// The ledger of runs in a MariaDB or MySQL database: which points there are, in which state, and what became of each
/// attempt.
///
/// Every writing operation takes a batch, is one transaction, and may be repeated: what it stores does not depend on
/// how often a message arrives, nor in which order messages do. Deadlocks and lost connections are retried within it,
/// for ``LedgerConfiguration/retryTime``; an operation that returns is committed.
///
/// There is one session for writing and a few for reading, each with a thread of its own, since the client library
/// blocks; what reads does not wait for what writes.
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

    /// Connects to a ledger. A server that is not there is not waited for.
    ///
    /// - Parameters:
    ///   - createDatabase: whether to create the database where there is none. Its tables are made by ``migrate()``.
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

    /// Ends the sessions. Every later operation throws ``LedgerError`` with code `closed`.
    public func close() async {
        await writer.close()
        await readers.close()
    }
}

// MARK: - Operations

extension RunLedger {
    /// Runs `body`, which changes the shape of the ledger's tables, on the session for writing, and translates errors.
    func change<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Result {
        try await translating { try await writer.perform(operation, body).result }
    }

    /// Runs `body`, which changes the shape of what belongs to the table called `table`, on the session for writing, and
    /// translates errors.
    func change<Result: Sendable>(
        _ operation: String, for table: String, _ body: @Sendable (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> Result {
        try await onTable(table) {
            try await writer.perform(operation) { try body($0, try runTable(table, on: $0)) }.result
        }
    }

    /// Runs `body`, which only reads, and translates errors.
    func read<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Result {
        try await translating { try await readers.perform(operation, body) }
    }

    /// Runs `body` in a transaction on the table called `table`, and translates errors.
    func write<Result: Sendable>(
        _ operation: String, in table: String, _ body: @Sendable (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> LedgerSession.Performed<Result> {
        try await onTable(table) {
            try await writer.perform(operation) { connection in
                let runs = try runTable(table, on: connection)
                return try connection.transaction { try body(connection, runs) }
            }
        }
    }

    /// Runs `body`, which only reads, on the table called `table`, and translates errors.
    func read<Result: Sendable>(
        _ operation: String, in table: String, _ body: @Sendable (MariaDBConnection, RunTable) throws -> Result
    ) async throws -> Result {
        try await onTable(table) {
            try await readers.perform(operation) { try body($0, try runTable(table, on: $0)) }
        }
    }

    /// Forgets what is remembered of all tables, as after one was made or dropped.
    func forgetTables() { tables.forgetAll() }

    /// Tries once more with a fresh look at the registry where the remembered one may be out of date.
    private func onTable<Result: Sendable>(_ table: String, _ body: () async throws -> Result) async throws -> Result {
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
                "No exploration is registered under the table “\(table)” at \(configuration): register it first.")
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
                "The ledger at \(configuration) lacks a table (\(error.message)): migrate it, and register its"
                    + " explorations, first.", cause: error)
        }
    }
}
