internal import Support

/// Returns the problem of a point in a file, given its hash and code; `nil` if there is none.
public typealias ImportCheck = @Sendable (_ hash: [UInt8], _ code: String?) -> String?

extension RunLedger {
    /// Imports the runs of a file into the table of an exploration, which is registered and does not have runs yet.
    ///
    /// The import is one transaction: after any error, nothing is imported.
    /// - Parameter check: checks every point, in addition to the ledger's own checks.
    /// - Returns: the number of runs.
    /// - Throws: ``LedgerError``: `invalidFile` naming the line; `schemaConflict` if the table has runs.
    public func importRuns(
        from file: RunFile, check: @escaping ImportCheck = { _, _ in nil }
    ) async throws -> Int {
        try await write("importRuns", in: file.schema.table) { connection, runs in
            let taken = try connection.prepared("SELECT 1 FROM \(runs.name) LIMIT 1").rows()
            guard taken.isEmpty else {
                throw LedgerError(
                    .schemaConflict,
                    "the exploration '\(runs.exploration.name)' already has runs in the ledger at \(configuration):"
                        + " import into another ledger, or drop the exploration first")
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

/// An exported file of runs, to be imported.
public struct RunFile: Sendable {
    /// The file's path.
    public let path: String
    /// Its format.
    public let format: ExchangeFormat
    /// The exploration of its runs.
    public let schema: ExplorationSchema
    /// The number of its runs, according to its header.
    public let runs: Int

    /// Reads the file's header.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFile`, naming the line.
    public init(path: String, format: ExchangeFormat) throws {
        let lines = try LineReader(path: path)
        var reader = format.makeReader()
        do {
            let header = try reader.header(lines)
            self.path = path
            self.format = format
            schema = header.schema
            runs = header.runs
        } catch let problem as ExchangeProblem {
            throw LedgerError(problem, path: path, line: lines.number)
        }
    }
}

extension LedgerError {
    /// Creates the error for a problem in a line of a file.
    init(_ problem: ExchangeProblem, path: String, line: Int) {
        self.init(.invalidFile, "\(path), line \(line): \(problem.description); nothing was imported")
    }
}

/// Reads the runs of a file one after the other.
struct RunFileReader {
    /// The columns of the file, in its order.
    let columns: [RunTableColumn]
    private let path: String
    private let expected: Int
    private let lines: LineReader
    private let row: ExchangeRow
    private let check: ImportCheck
    private var reader: any ExchangeReader
    private var count = 0

    init(_ file: RunFile, into table: RunTable, check: @escaping ImportCheck) throws {
        path = file.path
        lines = try LineReader(path: file.path)
        reader = file.format.makeReader()
        self.check = check
        do {
            let header = try reader.header(lines)
            expected = header.runs
            columns = try header.columns.map { name in
                guard let column = table.columns.first(where: { $0.name == name }) else {
                    throw ExchangeProblem(description: "unknown column '\(name.prefix(60))': the ledger lacks it")
                }
                return column
            }
            for name in [RunColumns.hash, RunColumns.code, RunColumns.state]
            where !header.columns.contains(name.text) {
                throw ExchangeProblem(description: "the column '\(name.text)' is missing")
            }
            row = ExchangeRow(columns: columns)
        } catch let problem as ExchangeProblem {
            throw LedgerError(problem, path: path, line: lines.number)
        }
    }

    /// The number of the last line.
    var line: Int { lines.number }

    /// Returns the next run; `nil` after the last.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFile`, naming the line.
    mutating func next() throws -> [Cell]? {
        do {
            guard let texts = try reader.next(lines) else {
                guard count == expected else {
                    throw ExchangeProblem(description: "the file ends after \(count) of \(expected) runs")
                }
                return nil
            }
            count += 1
            let cells = try row.cells(texts)
            try checkRun(cells)
            return cells
        } catch let problem as ExchangeProblem {
            throw LedgerError(problem, path: path, line: lines.number)
        }
    }

    private func checkRun(_ cells: [Cell]) throws {
        func cell(_ name: Identifier) -> Cell? {
            columns.firstIndex { $0.name == name.text }.map { cells[$0] }
        }
        guard let hash = cell(RunColumns.hash)?.bytesValue else {
            throw ExchangeProblem(description: "a run lacks its hash")
        }
        guard let state = cell(RunColumns.state)?.textValue.flatMap(RunState.init(rawValue:)) else {
            throw ExchangeProblem(description: "invalid 'state': expected queued, running, error or completed")
        }
        let verdict = cell(RunColumns.verdict)?.textValue
        guard verdict == nil || Verdict(rawValue: verdict!) != nil else {
            throw ExchangeProblem(description: "invalid 'verdict': expected stable or unstable")
        }
        guard (state == .completed) == (verdict != nil) else {
            throw ExchangeProblem(description: "a run in state \(state) has the verdict \(verdict ?? "null")")
        }
        if let problem = check(hash, cell(RunColumns.code)?.textValue) { throw ExchangeProblem(description: problem) }
    }
}
