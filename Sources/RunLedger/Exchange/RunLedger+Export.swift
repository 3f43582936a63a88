internal import Support

extension RunLedger {
    /// Writes the runs of an exploration as text: all columns of each run, including the provenance of its latest
    /// attempt. ``exportAttempts(of:_:as:to:)`` writes all attempts.
    ///
    /// The file is one consistent view of the ledger, sorted by hash. Only a few runs at a time are in memory. A table
    /// of fixed columns (`tbl`) is read twice, first for the columns' widths.
    /// - Parameters:
    ///   - filter: selects the runs.
    ///   - write: takes the pieces of the file, the first one first.
    /// - Returns: the number of runs.
    /// - Throws: ``LedgerError``, and the errors of `write`.
    public nonisolated func exportRuns(
        of table: String, _ filter: RunFilter = RunFilter(), as format: ExchangeFormat,
        to write: (String) async throws -> Void
    ) async throws -> Int {
        let runs = try await runTable(table)
        let (condition, parameters) = try filter.statement(on: runs)
        let session = QuerySession(configuration)
        let source: SQL = "\(runs.name) WHERE \(condition)"
        let count = try await TableExport.count(source, parameters, in: session)
        try await TableExport(
            header: ExchangeHeader(runs.exploration, runs: count, columns: runs.columns), columns: runs.columns,
            selected: runs.columns.map(\.selected), source: source, order: "\(RunColumns.hash)",
            parameters: parameters, session: session
        ).write(as: format, to: write)
        return count
    }

    /// Writes the history of runs as text: all data of each attempt, sorted by the runs' hashes and, for each run, from
    /// the first to the last.
    ///
    /// The end of an attempt's log is left out of a table of fixed columns (`tbl`), whose width would be that of the
    /// longest. Such a file is for other programs; only files of runs can be imported.
    ///
    /// - Parameters: see ``exportRuns(of:_:as:to:)``; the filter selects the runs whose attempts are written.
    /// - Returns: the number of attempts.
    /// - Throws: ``LedgerError``, and the errors of `write`.
    public nonisolated func exportAttempts(
        of table: String, _ filter: RunFilter = RunFilter(), as format: ExchangeFormat,
        to write: (String) async throws -> Void
    ) async throws -> Int {
        let runs = try await runTable(table)
        let (condition, parameters) = try filter.statement(on: runs)
        let attempts = AttemptColumns(withLogs: format != .tbl)
        let session = QuerySession(configuration)
        // Driven by the history, whose key has the wanted order, so that no sort is needed.
        let source: SQL = """
            attempts AS a STRAIGHT_JOIN (SELECT * FROM \(runs.name) WHERE \(condition)) AS r
            ON r.\(RunColumns.hash) = a.\(RunColumns.hash) WHERE a.exploration_id = \(Int(runs.id))
            """
        let count = try await TableExport.count(source, parameters, in: session)
        try await TableExport(
            header: ExchangeHeader(runs.exploration, attempts: count, columns: attempts.columns),
            columns: attempts.columns, selected: attempts.selected, source: source,
            order: "a.\(RunColumns.hash), a.\(RunColumns.token)", parameters: parameters, session: session
        ).write(as: format, to: write)
        return count
    }
}

/// Writes the rows of a selection as a file, page by page.
struct TableExport {
    let header: ExchangeHeader
    let columns: [RunTableColumn]
    /// The selected expression for each column, the `FROM` clause and the order.
    let selected: [SQL]
    let source: SQL
    let order: SQL
    let parameters: [ParameterColumn]
    let session: QuerySession

    private static let page = 500

    /// Returns the number of rows of a source.
    static func count(_ source: SQL, _ parameters: [ParameterColumn], in session: QuerySession) async throws -> Int {
        _ = try await session.open("SELECT COUNT(*) FROM \(source)", parameters)
        return Int(try await session.next(2).first?.first?.integerValue ?? 0)
    }

    func write(as format: ExchangeFormat, to write: (String) async throws -> Void) async throws {
        let writer: any ExchangeWriter
        switch format {
        case .csv: writer = CSVWriter(header: header, columns: columns)
        case .jsonl: writer = JSONLinesWriter(header: header, columns: columns)
        case .vot: writer = VOTableWriter(header: header, columns: columns)
        case .tbl:
            var measured = IPACWriter(header: header, columns: columns)
            try await eachRow({ measured.measure($0) }, afterPage: {})
            writer = measured
        }
        try await write(writer.head)
        var piece = ""
        try await eachRow {
            piece += writer.line($0)
        } afterPage: {
            try await write(piece)
            piece = ""
        }
        try await write(writer.foot)
    }

    private func eachRow(_ body: ([String?]) -> Void, afterPage: () async throws -> Void) async throws {
        let row = ExchangeRow(columns: columns)
        let named = zip(selected, columns).map { "\($0) AS \($1.identifier)" as SQL }
        _ = try await session.open("SELECT \(named) FROM \(source) ORDER BY \(order)", parameters)
        while case let page = try await session.next(Self.page), !page.isEmpty {
            for cells in page { body(row.texts(cells)) }
            try await afterPage()
        }
    }
}

/// The columns of a file of attempts.
struct AttemptColumns {
    let columns: [RunTableColumn]
    /// The selected expression for each of them, from the history `a` and the table of runs `r`.
    let selected: [SQL]

    /// - Parameter withLogs: whether the end of each attempt's log is included.
    init(withLogs: Bool) {
        let all = withLogs ? Self.all + [Self.log] : Self.all
        columns = all.map(\.column)
        selected = all.map { $0.column.selected($0.value) }
    }

    private struct Source {
        let column: RunTableColumn
        let value: SQL

        init(
            _ name: StaticString, _ kind: RunTableColumn.Kind, _ description: String, unit: String = "",
            value: SQL? = nil
        ) {
            let identifier = Identifier(fixed: name)
            column = RunTableColumn(
                name: identifier.text, kind: kind, role: .fixed, unit: unit, description: description)
            self.value = value ?? "a.\(identifier)"
        }
    }

    private static let all = [
        Source("hash", .hash, "SHA-256 of the point: the key of its run"),
        Source(
            "code", .text, "the parameters as exact decimals, in their declared order", value: "r.\(RunColumns.code)"),
        Source("token", .unsigned, "fencing token of the attempt's lease: a later lease has a greater one"),
        Source("attempt", .integer, "1 plus the failures before it"),
        Source("state", .text, "running, lost, error or completed", value: RunReader.attemptState),
        Source("worker", .text, "the worker"),
        Source("host", .text, "the machine"),
        Source("pod", .text, "the Kubernetes pod"),
        Source("node", .text, "the node of the cluster"),
        Source("model", .text, "the model"),
        Source("model_version", .text, "the model's version: a digest of its executable or image"),
        Source("software_version", .text, "the version of the worker's software"),
        Source("exploration_digest", .text, "of the definition that the worker went by"),
        Source("started_at", .time, "when the attempt began, UTC"),
        Source("ended_at", .time, "when the attempt ended, UTC"),
        Source("kind", .text, "of a failure: timeout, signal, exit, …"),
        Source("message", .text, "what happened, or what the model said of its verdict"),
        Source("exit_status", .text, "how the process ended"),
        Source("peak_memory", .integer, "the most memory that the attempt took", unit: "byte"),
        Source("artifact", .text, "where its files are kept"),
    ]

    private static let log = Source("log_tail", .text, "the end of the model's log")
}
