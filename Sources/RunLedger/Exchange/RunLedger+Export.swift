extension RunLedger {
    /// Writes the runs of an exploration to a file's text: of each run all of its columns, the provenance of its latest
    /// attempt among them; the history of earlier attempts is not exported.
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
        let columns = runs.columns
        let (condition, parameters) = try filter.statement(on: runs)
        let session = QuerySession(configuration)
        _ = try await session.open("SELECT COUNT(*) FROM \(runs.name) WHERE \(condition)", parameters)
        let count = Int(try await session.next(2).first?.first?.integerValue ?? 0)
        let header = ExchangeHeader(runs.exploration, runs: count, columns: columns)
        let row = ExchangeRow(columns: columns)

        func eachRun(_ body: ([String?]) -> Void, afterPage: () async throws -> Void) async throws {
            let selected = columns.map { "\($0.selected) AS \($0.identifier)" as SQL }
            _ = try await session.open(
                "SELECT \(selected) FROM \(runs.name) WHERE \(condition) ORDER BY \(RunColumns.hash)", parameters)
            while case let page = try await session.next(500), !page.isEmpty {
                for cells in page { body(row.texts(cells)) }
                try await afterPage()
            }
        }
        let writer: any ExchangeWriter
        switch format {
        case .csv: writer = CSVWriter(header: header, columns: columns)
        case .jsonl: writer = JSONLinesWriter(header: header, columns: columns)
        case .vot: writer = VOTableWriter(header: header, columns: columns)
        case .tbl:
            var measured = IPACWriter(header: header, columns: columns)
            try await eachRun({ measured.measure($0) }, afterPage: {})
            writer = measured
        }
        try await write(writer.head)
        var piece = ""
        try await eachRun {
            piece += writer.line($0)
        } afterPage: {
            try await write(piece)
            piece = ""
        }
        try await write(writer.foot)
        return count
    }
}
