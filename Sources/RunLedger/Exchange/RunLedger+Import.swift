/// Says what is wrong with a point of a file, by its hash and its code; nil where nothing is.
public typealias ImportCheck = @Sendable (_ hash: [UInt8], _ code: String?) -> String?

extension RunLedger {
    /// Puts the runs of a file into the table of an exploration, which is registered and has no runs yet.
    ///
    /// All of it is one transaction: where a line is wrong, or anything else goes wrong, no run was imported.
    /// - Parameter check: looks at every point, beyond what the ledger itself can tell.
    /// - Returns: how many runs were imported.
    /// - Throws: ``LedgerError``: `invalidFile` naming the line; `contradiction` where the table has runs.
    public func importRuns(
        from file: RunFile, check: @escaping ImportCheck = { _, _ in nil }
    ) async throws -> Int {
        try await write("importRuns", in: file.schema.table) { connection, runs in
            let taken = try connection.prepared("SELECT 1 FROM \(runs.name) LIMIT 1").rows()
            guard taken.isEmpty else {
                throw LedgerError(
                    .contradiction,
                    "The exploration “\(runs.exploration.name)” has runs in the ledger at \(configuration) already: import"
                        + " into another ledger, or drop the exploration first.")
            }
            var reader = try RunFileReader(file, into: runs, check: check)
            let insert = try connection.prepared(
                """
                INSERT INTO \(runs.name) (\(reader.columns.map { "\($0.identifier)" as SQL }))
                VALUES (\(reader.columns.map { _ in "?" as SQL }))
                """)
            var count = 0
            var isAtEnd = false
            while !isAtEnd {
                let first = reader.line + 1
                var rows: [[Cell]] = []
                while rows.count < Self.importBatch, !isAtEnd {
                    if let row = try reader.next() { rows.append(row) } else { isAtEnd = true }
                }
                do {
                    try insert.execute(batch: Self.parameters(rows, of: reader.columns))
                } catch let error as MariaDBError where !error.isConnectionLost {
                    throw LedgerError(
                        ExchangeProblem(
                            description: "the database refuses a run of the lines from \(first): \(error.message)"),
                        path: file.path, line: reader.line)
                }
                count += rows.count
            }
            return count
        }.result
    }

    private static let importBatch = 500

    private static func parameters(_ rows: [[Cell]], of columns: [RunTableColumn]) -> [ParameterColumn] {
        columns.enumerated().map { index, column in
            switch column.kind {
            case .hash: .bytes(rows.map { $0[index].bytesValue })
            case .text, .time: .texts(rows.map { $0[index].textValue })
            case .real: .doubles(rows.map { $0[index].realValue })
            case .integer: .integers(rows.map { $0[index].integerValue })
            case .unsigned: .unsigned(rows.map { $0[index].unsignedValue })
            }
        }
    }
}
