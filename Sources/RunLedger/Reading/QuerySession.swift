extension RunLedger {
    /// Starts a user's query: one statement that reads, in a separate session that cannot write.
    ///
    /// - Parameters:
    ///   - sql: `SELECT`, `WITH`, `SHOW`, `DESCRIBE`, `EXPLAIN` or `VALUES`; one statement, without parameters.
    ///   - rowLimit: the maximum number of rows; `nil` for all of them.
    ///   - timeLimit: the time limit for the server; `nil` for none.
    /// - Throws: ``LedgerError``: `queryRefused` for a statement that writes or that the server does not understand;
    ///   `queryTimeout`.
    public nonisolated func stream(
        _ sql: String, rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) async throws -> ResultStream {
        let statement = SQL(unchecked: try ReadOnlyStatement.checked(sql))
        let session = QuerySession(configuration)
        let columns = try await session.open(statement, rowLimit: rowLimit, timeLimit: timeLimit)
        return ResultStream(columns: columns, session: session)
    }

    /// Runs a user's query and returns all of its rows at once; see ``stream(_:rowLimit:timeLimit:)``.
    public nonisolated func query(
        _ sql: String, rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) async throws -> ResultTable {
        let stream = try await stream(sql, rowLimit: rowLimit, timeLimit: timeLimit)
        var rows: [[Cell]] = []
        while case let next = try await stream.next(), !next.isEmpty { rows += next }
        return ResultTable(columns: stream.columns, rows: rows, isTruncated: await stream.isTruncated)
    }
}

/// The rows of a query as they come from the server. Only those of one ``next(upTo:)`` are in memory. The query ends
/// with this object.
public final class ResultStream: Sendable {
    /// The columns, in the query's order.
    public let columns: [ResultTable.Column]
    private let session: QuerySession

    init(columns: [ResultTable.Column], session: QuerySession) {
        self.columns = columns
        self.session = session
    }

    /// Returns the next rows, each with a cell for every column; empty after the last.
    ///
    /// - Throws: ``LedgerError``: `queryTimeout`, `connectionLost`.
    public func next(upTo count: Int = 1_000) async throws -> [[Cell]] { try await session.next(count) }

    /// Whether there were more rows than the limit; known after the last row.
    public var isTruncated: Bool { get async { await session.isTruncated } }
}

/// A session for one query of a user. It ends with the query, and with it the query's side effects: variables, locks,
/// unread rows.
///
/// It has a separate thread, so that a long query does not block writers.
actor QuerySession {
    private let configuration: LedgerConfiguration
    private let executor = LedgerExecutor()
    /// Owns its statements, so it ends before them: rows that are left unread are not fetched.
    private var connection: MariaDBConnection?
    private var reader: ResultReader?
    /// The remaining number of rows; `nil` for no limit.
    private var rowsLeft: Int?
    private(set) var isTruncated = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ configuration: LedgerConfiguration) { self.configuration = configuration }

    /// Starts a query in a read-only transaction, which later queries of this session share: they see the same rows.
    ///
    /// - Returns: the columns of its result.
    func open(
        _ sql: SQL, _ parameters: [ParameterColumn] = [], rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) throws -> [ResultTable.Column] {
        try translated {
            let connection = try begun(timeLimit)
            rowsLeft = rowLimit.map { max(0, $0) }
            isTruncated = false
            // One more than the limit shows whether there are more.
            if let rowsLeft { try connection.execute("SET SESSION sql_select_limit = \(rowsLeft + 1)") }
            let statement = try connection.prepared(sql)
            guard statement.columnCount > 0 || ReadOnlyStatement.isPlan(sql.text) else {
                throw LedgerError(
                    .queryRefused, "only statements that read can be run here; this one does not have a result")
            }
            guard statement.parameterCount == parameters.count else {
                throw LedgerError(.queryRefused, "the query has a '?' outside of quotes: write the value itself")
            }
            let reader = try statement.streamRows(parameters)
            self.reader = reader
            return reader.columns
        }
    }

    /// Returns the next rows, up to `count` of them; empty after the last.
    func next(_ count: Int) throws -> [[Cell]] {
        try translated {
            var rows: [[Cell]] = []
            while rows.count < count, let row = try reader?.next() {
                guard rowsLeft != 0 else {
                    isTruncated = true
                    reader = nil
                    break
                }
                rowsLeft = rowsLeft.map { $0 - 1 }
                rows.append(row)
            }
            return rows
        }
    }

    private func begun(_ timeLimit: Duration?) throws -> MariaDBConnection {
        if let connection { return connection }
        // The server enforces the time limit; the read timeout is for a server that does not answer.
        let readTimeout = timeLimit.map { $0 + .seconds(5) } ?? .seconds(365 * 86_400)
        let connection = try MariaDBConnection(configuration, readTimeout: readTimeout)
        if let timeLimit { try connection.execute(connection.dialect.limitQueries(to: timeLimit)) }
        try connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try connection.execute("START TRANSACTION READ ONLY")
        self.connection = connection
        return connection
    }

    private func translated<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as MariaDBError {
            if error.isReadOnlyTransaction {
                throw LedgerError(
                    .queryRefused, "only statements that read can be run here: the server refused one that writes",
                    cause: error)
            }
            throw error.isSyntaxError
                ? LedgerError(.queryRefused, "the server does not understand the query: \(error.message)", cause: error)
                : error.ledgerError(at: configuration)
        }
    }
}

/// Recognises, by their first word, statements that may only read.
///
/// This makes for a clear error message, and excludes the few statements that return rows and still change something
/// (`OPTIMIZE TABLE`, `ANALYZE UPDATE`). The actual protection is the session: a read-only transaction, and the
/// server's word that the statement has a result.
enum ReadOnlyStatement {
    private static let allowed: Set<String> = ["SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES"]

    /// Returns the statement without trailing blanks and semicolon.
    ///
    /// - Throws: ``LedgerError`` with code `queryRefused`.
    static func checked(_ text: String) throws -> String {
        var statement = text[...]
        while let last = statement.last, last.isWhitespace { statement.removeLast() }
        if statement.last == ";" { statement.removeLast() }
        let word = firstWord(of: statement).uppercased()
        guard !word.isEmpty else {
            throw LedgerError(.queryRefused, "the query is empty: write a SELECT statement")
        }
        guard allowed.contains(word) else {
            throw LedgerError(
                .queryRefused,
                "only statements that read can be run here, such as SELECT, SHOW and DESCRIBE; this one begins with"
                    + " '\(word.prefix(20))'")
        }
        return String(statement)
    }

    /// Whether it asks for another statement's plan. For those MySQL reports only when executing that there is a
    /// result.
    static func isPlan(_ statement: String) -> Bool {
        ["EXPLAIN", "DESCRIBE", "DESC"].contains(firstWord(of: statement[...]).uppercased())
    }

    /// Returns the first word after blanks, comments and opening parentheses.
    private static func firstWord(of statement: Substring) -> Substring {
        var rest = statement
        while let first = rest.first {
            if first.isWhitespace || first == "(" {
                rest.removeFirst()
            } else if rest.hasPrefix("#") || rest.hasPrefix("-- ") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*"), !rest.hasPrefix("/*!"), !rest.hasPrefix("/*M!"),
                let end = rest.dropFirst(2).firstRange(of: "*/")
            {
                rest = rest[end.upperBound...]
            } else {
                break
            }
        }
        let word = rest.prefix { $0.isLetter }
        return word.isEmpty ? rest.prefix(1) : word
    }
}
