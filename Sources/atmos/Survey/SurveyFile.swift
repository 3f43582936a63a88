internal import ExplorationFile
internal import RunLedger
internal import Support

/// The summary of the survey of 2018: a line of names, then a line for each run that it completed.
struct SurveyFile {
    private let path: String
    private let definition: ExplorationDefinition
    private let columns: SurveyColumns
    private let lines: LineReader
    private var reader = CSVReader()

    /// Reads the line of names.
    ///
    /// - Throws: ``SettingError`` naming the file and the line.
    init(_ path: String, of definition: ExplorationDefinition) throws {
        self.path = path
        self.definition = definition
        lines = try LineReader(path: path)
        do {
            guard let names = try reader.next(lines) else { throw SurveyProblem(description: "the file is empty") }
            columns = try SurveyColumns(names.map { ($0 ?? "").filter { $0 != "\r" } }, of: definition)
        } catch {
            throw Self.error(error, path, lines.number)
        }
    }

    /// The next run; nil after the last.
    ///
    /// - Throws: ``SettingError`` naming the file and the line.
    mutating func next() throws -> SurveyRow? {
        do {
            while let fields = try reader.next(lines) {
                // A line without anything, as at the end of some files.
                if fields.count == 1, fields[0] == nil { continue }
                return try SurveyRow(fields, columns, of: definition)
            }
            return nil
        } catch {
            throw Self.error(error, path, lines.number)
        }
    }

    private static func error(_ problem: any Error, _ path: String, _ line: Int) -> any Error {
        if problem is LedgerError { return problem }
        return SettingError(description: "\(path), line \(max(1, line)): \(problem). Nothing was imported.")
    }
}
