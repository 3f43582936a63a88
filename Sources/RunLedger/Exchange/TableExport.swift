/// Writes the rows of a selection as a file, page by page.
struct TableExport {
    let header: ExchangeHeader
    let columns: [RunTableColumn]
    /// For each column what is selected, `FROM` where and in which order.
    let selected: [SQL]
    let source: SQL
    let order: SQL
    let parameters: [ParameterColumn]
    let session: QuerySession

    private static let page = 500

    /// How many rows a source has.
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
