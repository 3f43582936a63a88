/// The rows of a query as they come from the server. However many there are, only those of one ``next(upTo:)`` are in
/// memory. The query ends with this object.
public final class ResultStream: Sendable {
    /// The columns, in the query's order.
    public let columns: [ResultTable.Column]
    private let session: QuerySession

    init(columns: [ResultTable.Column], session: QuerySession) {
        self.columns = columns
        self.session = session
    }

    /// The next rows, each with as many cells as there are columns; none after the last.
    ///
    /// - Throws: ``LedgerError``: `queryTimeout`, `connectionLost`.
    public func next(upTo count: Int = 1_000) async throws -> [[Cell]] { try await session.next(count) }

    /// Whether there were more rows than the limit; known once the rows have come to their end.
    public var isTruncated: Bool { get async { await session.isTruncated } }
}

extension RunLedger {
    /// Begins a query of a person: one statement that reads, in a session of its own that cannot write.
    ///
    /// - Parameters:
    ///   - sql: `SELECT`, `WITH`, `SHOW`, `DESCRIBE`, `EXPLAIN` or `VALUES`; one statement, without parameters.
    ///   - rowLimit: the most rows to give; nil for all of them.
    ///   - timeLimit: the longest time that the server may take; nil for no limit.
    /// - Throws: ``LedgerError``: `queryRefused` for anything that writes or that the server does not understand;
    ///   `queryTimeout`.
    public nonisolated func stream(
        _ sql: String, rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) async throws -> ResultStream {
        let statement = SQL(unchecked: try ReadOnlyStatement.checked(sql))
        let session = QuerySession(configuration)
        let columns = try await session.open(statement, rowLimit: rowLimit, timeLimit: timeLimit)
        return ResultStream(columns: columns, session: session)
    }

    /// Runs a query of a person and gives all of its rows at once, which are held in memory; see
    /// ``stream(_:rowLimit:timeLimit:)``.
    public nonisolated func query(
        _ sql: String, rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) async throws -> ResultTable {
        let stream = try await stream(sql, rowLimit: rowLimit, timeLimit: timeLimit)
        var rows: [[Cell]] = []
        while case let next = try await stream.next(), !next.isEmpty { rows += next }
        return ResultTable(columns: stream.columns, rows: rows, isTruncated: await stream.isTruncated)
    }
}
