extension RunLedger {
    /// Writes the runs of an exploration to a file's text: of each run all of its columns, the provenance of its latest
    /// attempt among them; ``exportAttempts(of:_:as:to:)`` has them all.
    ///
    /// All of it is one consistent look at the ledger, in the order of the hashes. Only a few runs at a time are in
    /// memory. A table of fixed columns (`tbl`) is read twice, once for the columns' widths.
    /// - Parameters:
    ///   - filter: which runs.
    ///   - write: takes a piece of the file after the other.
    /// - Returns: how many runs were written.
    /// - Throws: ``LedgerError``, and what `write` throws.
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

    /// Writes the history of runs to a file's text: each attempt at them with all that is known of it, ordered by the
    /// runs' hashes and, of each run, from the first to the last.
    ///
    /// The end of an attempt's log is left out of a table of fixed columns (`tbl`), which would be as wide as the longest of
    /// them. Such a file is for other programs; only files of runs can be imported.
    ///
    /// - Parameters: as of ``exportRuns(of:_:as:to:)``; the filter says whose attempts.
    /// - Returns: how many attempts were written.
    /// - Throws: ``LedgerError``, and what `write` throws.
    public nonisolated func exportAttempts(
        of table: String, _ filter: RunFilter = RunFilter(), as format: ExchangeFormat,
        to write: (String) async throws -> Void
    ) async throws -> Int {
        let runs = try await runTable(table)
        let (condition, parameters) = try filter.statement(on: runs)
        let attempts = AttemptColumns(withLogs: format != .tbl)
        let session = QuerySession(configuration)
        // Led by the history, whose key has the wanted order: nothing has to be sorted.
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
