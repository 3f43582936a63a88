/// A session for one query of a person. It ends with the query, and with it whatever the query did to it: variables,
/// locks, unread rows.
///
/// It has a thread of its own, so that a long query holds up nobody who writes.
actor QuerySession {
    private let configuration: LedgerConfiguration
    private let thread = LedgerThread()

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ configuration: LedgerConfiguration) { self.configuration = configuration }

    deinit { thread.stop() }

    func run(_ sql: SQL, rowLimit: Int?, timeLimit: Duration?) throws -> ResultTable {
        do {
            // The server ends the query itself; the client's own patience is for a server that does not answer.
            let silence = timeLimit.map { $0 + .seconds(5) } ?? .seconds(365 * 86_400)
            let connection = try MariaDBConnection(configuration, silenceLimit: silence)
            if let timeLimit { try connection.execute(connection.dialect.limitQueries(to: timeLimit)) }
            // One more than asked for shows whether there are more.
            if let rowLimit { try connection.execute("SET SESSION sql_select_limit = \(max(0, rowLimit) + 1)") }
            try connection.execute("START TRANSACTION READ ONLY")
            // Kept by the connection, which ends the session before the statement: so rows that nobody reads are not
            // fetched.
            let statement = try connection.prepared(sql)
            guard statement.columnCount > 0 else {
                throw LedgerError(
                    .queryRefused, "Only statements that read are run here; this one has no result to show.")
            }
            guard statement.parameterCount == 0 else {
                throw LedgerError(.queryRefused, "The query has a “?” outside of quotes: write the value itself.")
            }
            defer { withExtendedLifetime(connection) {} }
            return try collect(statement.streamRows(), rowLimit: rowLimit)
        } catch let error as MariaDBError {
            throw error.isSyntaxError
                ? LedgerError(.queryRefused, "The query is not right: \(error.message).", cause: error)
                : error.ledgerError(at: configuration)
        }
    }

    private func collect(_ reader: ResultReader, rowLimit: Int?) throws -> ResultTable {
        var rows: [[Cell]] = []
        var isTruncated = false
        while let row = try reader.next() {
            if let rowLimit, rows.count >= max(0, rowLimit) {
                isTruncated = true
                break
            }
            rows.append(row)
        }
        return ResultTable(columns: reader.columns, rows: rows, isTruncated: isTruncated)
    }
}

extension RunLedger {
    /// Runs a query of a person: one statement that reads, in a session of its own that cannot write.
    ///
    /// - Parameters:
    ///   - sql: `SELECT`, `WITH`, `SHOW`, `DESCRIBE`, `EXPLAIN` or `VALUES`; one statement, without parameters.
    ///   - rowLimit: the most rows to give; nil for all of them, which are held in memory.
    ///   - timeLimit: the longest time that the server may take; nil for no limit.
    /// - Throws: ``LedgerError``: `queryRefused` for anything that writes or that the server does not understand;
    ///   `queryTimeout`.
    public nonisolated func query(
        _ sql: String, rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) async throws -> ResultTable {
        let statement = try ReadOnlyStatement.checked(sql)
        return try await QuerySession(configuration)
            .run(SQL(unchecked: statement), rowLimit: rowLimit, timeLimit: timeLimit)
    }
}
