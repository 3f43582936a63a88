public import Support

/// A selection of runs. Empty properties do not restrict it.
public struct RunFilter: Sendable, Hashable {
    /// Any of these states.
    public var states: [RunState]
    /// Any of these verdicts.
    public var verdicts: [Verdict]
    /// The maximum age, by the server's clock, of the run's last event: its end, else its start, else its insertion.
    public var since: Duration?
    /// A condition written by a user.
    public var condition: RunCondition?

    /// Creates a filter; without arguments it selects all runs.
    public init(
        states: [RunState] = [], verdicts: [Verdict] = [], since: Duration? = nil, condition: RunCondition? = nil
    ) {
        self.states = states
        self.verdicts = verdicts
        self.since = since
        self.condition = condition
    }

    /// Returns the condition of a statement on `table`, with its parameters.
    func statement(on table: RunTable) throws -> (sql: SQL, parameters: [ParameterColumn]) {
        var parts: [SQL] = []
        var parameters: [ParameterColumn] = []
        func any(_ column: Identifier, of words: [String]) {
            guard !words.isEmpty else { return }
            parts.append("\(column) IN (\(words.map { _ in "?" as SQL }))")
            parameters += words.map { .text($0) }
        }
        any(RunColumns.state, of: states.map(\.rawValue))
        any(RunColumns.verdict, of: verdicts.map(\.rawValue))
        if let since {
            parts.append(
                """
                COALESCE(\(RunColumns.endedAt), \(RunColumns.startedAt), \(RunColumns.queuedAt))
                >= UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND
                """)
            let (seconds, attoseconds) = since.components
            parameters.append(.integer(seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
        }
        if let condition {
            let (sql, values) = try condition.statement(on: table)
            parts.append(sql)
            parameters += values
        }
        return parts.isEmpty ? ("TRUE", []) : ("\(parts, separator: " AND ")", parameters)
    }
}

/// A column to sort runs by.
public struct RunOrder: Sendable, Hashable {
    /// The column's name.
    public var column: String
    /// Whether the greatest value comes first.
    public var isDescending: Bool

    /// Creates an order by `column`.
    public init(column: String, isDescending: Bool = false) {
        self.column = column
        self.isDescending = isDescending
    }
}

extension RunLedger {
    /// Starts to read the runs of an exploration.
    ///
    /// Hashes are returned as hexadecimal digits, times as ISO 8601. Runs that are equal in `order` are sorted by hash.
    /// - Parameters:
    ///   - filter: selects the runs.
    ///   - columns: the names of the columns; `nil` for all.
    ///   - limit: the maximum number of runs; `nil` for all of them.
    ///   - timeLimit: the time limit for the server; `nil` for none.
    /// - Throws: ``LedgerError``: `unknownExploration`, `invalidFilter` for an unknown column.
    public nonisolated func runs(
        in table: String, _ filter: RunFilter = RunFilter(), columns: [String]? = nil, order: [RunOrder] = [],
        limit: Int? = nil, timeLimit: Duration? = nil
    ) async throws -> ResultStream {
        let runs = try await runTable(table)
        let selected = try columns.map { try $0.map { try runs.column(named: $0) } } ?? runs.columns
        let (condition, parameters) = try filter.statement(on: runs)
        let orders = try order.map { order in
            let name = try runs.column(named: order.column).identifier
            return order.isDescending ? "\(name) DESC" as SQL : "\(name)"
        }
        let session = QuerySession(configuration)
        let header = try await session.open(
            """
            SELECT \(selected.map { "\($0.selected) AS \($0.identifier)" as SQL }) FROM \(runs.name)
            WHERE \(condition) ORDER BY \(orders + ["\(RunColumns.hash)"])
            """, parameters, rowLimit: limit, timeLimit: timeLimit)
        return ResultStream(columns: header, session: session)
    }

    /// Returns the registered table with this name.
    func runTable(_ table: String) async throws -> RunTable { try await read("runTable", in: table) { $1 } }
}

extension RunTable {
    /// - Throws: ``LedgerError`` with code `invalidFilter` if there is no such column.
    func column(named name: String) throws -> RunTableColumn {
        guard let column = columns.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw LedgerError(
                .invalidFilter,
                "unknown column '\(name)'; the columns are \(columns.map(\.name).joined(separator: ", "))")
        }
        return column
    }
}
