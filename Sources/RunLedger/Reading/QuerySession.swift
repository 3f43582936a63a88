/// A session for one query of a person. It ends with the query, and with it whatever the query did to it: variables,
/// locks, unread rows.
///
/// It has a thread of its own, so that a long query holds up nobody who writes.
actor QuerySession {
    private let configuration: LedgerConfiguration
    private let thread = LedgerThread()
    /// Ends the session before its statements end, since they are its own: so rows that nobody reads are not fetched.
    private var connection: MariaDBConnection?
    private var reader: ResultReader?
    /// How many more rows may be given; nil for no limit.
    private var rowsLeft: Int?
    private(set) var isTruncated = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ configuration: LedgerConfiguration) { self.configuration = configuration }

    deinit { thread.stop() }

    /// Begins a query in a read-only transaction, which later queries of this session share: they see the same rows.
    ///
    /// - Returns: the columns of its result.
    func open(
        _ sql: SQL, _ parameters: [ParameterColumn] = [], rowLimit: Int? = nil, timeLimit: Duration? = nil
    ) throws -> [ResultTable.Column] {
        try translated {
            let connection = try begun(timeLimit)
            rowsLeft = rowLimit.map { max(0, $0) }
            isTruncated = false
            // One more than asked for shows whether there are more.
            if let rowsLeft { try connection.execute("SET SESSION sql_select_limit = \(rowsLeft + 1)") }
            let statement = try connection.prepared(sql)
            guard statement.columnCount > 0 || ReadOnlyStatement.isPlan(sql.text) else {
                throw LedgerError(
                    .queryRefused, "Only statements that read are run here; this one has no result to show.")
            }
            guard statement.parameterCount == parameters.count else {
                throw LedgerError(.queryRefused, "The query has a “?” outside of quotes: write the value itself.")
            }
            let reader = try statement.streamRows(parameters)
            self.reader = reader
            return reader.columns
        }
    }

    /// The next rows, up to `count` of them; none after the last.
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
        // The server ends the query itself; the client's own patience is for a server that does not answer.
        let silence = timeLimit.map { $0 + .seconds(5) } ?? .seconds(365 * 86_400)
        let connection = try MariaDBConnection(configuration, readTimeout: silence)
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
            throw error.isSyntaxError
                ? LedgerError(.queryRefused, "The query is not right: \(error.message).", cause: error)
                : error.ledgerError(at: configuration)
        }
    }
}
