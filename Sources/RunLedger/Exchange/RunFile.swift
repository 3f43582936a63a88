internal import Support

/// A file of runs that was exported, to be imported.
public struct RunFile: Sendable {
    /// Where the file is.
    public let path: String
    /// Its form.
    public let format: ExchangeFormat
    /// The exploration that its runs are of.
    public let schema: ExplorationSchema
    /// How many runs it has, as it says itself.
    public let runs: Int

    /// Reads what the file says of itself.
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
    /// What is wrong at a line of a file.
    init(_ problem: ExchangeProblem, path: String, line: Int) {
        self.init(.invalidFile, "\(path), line \(line): \(problem.description). Nothing was imported.")
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
                    throw ExchangeProblem(description: "the ledger has no column “\(name.prefix(60))”")
                }
                return column
            }
            for name in [RunColumns.hash, RunColumns.code, RunColumns.state]
            where !header.columns.contains(name.text) {
                throw ExchangeProblem(description: "there is no column “\(name.text)”")
            }
            row = ExchangeRow(columns: columns)
        } catch let problem as ExchangeProblem {
            throw LedgerError(problem, path: path, line: lines.number)
        }
    }

    /// The number of the line that was read last.
    var line: Int { lines.number }

    /// The next run; nil after the last.
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
            throw ExchangeProblem(description: "a run has no hash")
        }
        guard let state = cell(RunColumns.state)?.textValue.flatMap(RunState.init(rawValue:)) else {
            throw ExchangeProblem(description: "“state” is not one of queued, running, error and completed")
        }
        let verdict = cell(RunColumns.verdict)?.textValue
        guard verdict == nil || Verdict(rawValue: verdict!) != nil else {
            throw ExchangeProblem(description: "“verdict” is not one of stable and unstable")
        }
        guard (state == .completed) == (verdict != nil) else {
            throw ExchangeProblem(description: "a run in state \(state) has the verdict \(verdict ?? "null")")
        }
        if let wrong = check(hash, cell(RunColumns.code)?.textValue) { throw ExchangeProblem(description: wrong) }
    }
}
