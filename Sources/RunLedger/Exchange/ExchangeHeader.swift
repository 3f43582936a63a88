internal import FoundationEssentials

/// A file's description of itself, the same JSON in every format: enough to recreate the exploration's table.
struct ExchangeHeader: Codable, Equatable {
    /// The version of this header's format.
    var version = 1
    /// The kind of the file's rows, if they are not runs: `attempts`.
    var content: String?
    var name: String
    var table: String
    var digest: String
    var definition: String
    var parameters: [Column]
    var outputs: [Column]
    /// The number of rows.
    var runs: Int
    /// The names of their columns, in the file's order.
    var columns: [String]

    struct Column: Codable, Equatable {
        var name: String
        var unit: String
        var description: String
    }

    /// The header's key in formats with keys.
    static let key = "atmos_runs"
    private static let currentVersion = 1

    init(_ exploration: RegisteredExploration, runs: Int, columns: [RunTableColumn]) {
        name = exploration.name
        table = exploration.table
        digest = exploration.digest
        definition = exploration.definition
        parameters = exploration.parameters.map { Column(name: $0.name, unit: $0.unit, description: $0.description) }
        outputs = exploration.outputs.map { Column(name: $0.name, unit: $0.unit, description: $0.description) }
        self.runs = runs
        self.columns = columns.map(\.name)
    }

    /// The header of a file of attempts.
    init(_ exploration: RegisteredExploration, attempts: Int, columns: [RunTableColumn]) {
        self.init(exploration, runs: attempts, columns: columns)
        content = "attempts"
    }

    /// The kind of rows, for readers.
    var title: String { "\(content == nil ? "Runs" : "Attempts at runs") of the exploration \(name)" }

    var schema: ExplorationSchema {
        func columns(_ columns: [Column]) -> [ExplorationSchema.Column] {
            columns.map { ExplorationSchema.Column(name: $0.name, unit: $0.unit, description: $0.description) }
        }
        return ExplorationSchema(
            name: name, table: table, parameters: columns(parameters), outputs: columns(outputs), digest: digest,
            definition: definition)
    }

    /// The header on one line.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("texts and whole numbers can always be encoded")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Reads the header of a file of runs.
    ///
    /// - Throws: ``ExchangeProblem``.
    init(json: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
        } catch {
            throw ExchangeProblem(description: "cannot parse the description of the runs")
        }
        guard version <= Self.currentVersion else {
            throw ExchangeProblem(
                description: "the file's format has version \(version), but this program only knows versions up to "
                    + "\(Self.currentVersion): use a newer program")
        }
        if let content {
            throw ExchangeProblem(
                description: "the file holds \(content), not runs: only a file of runs can be imported")
        }
    }
}

/// Converts the rows of a table of runs to texts, and back.
struct ExchangeRow {
    let columns: [RunTableColumn]
    private let parameters: [Int]
    private let code: Int?

    init(columns: [RunTableColumn]) {
        self.columns = columns
        parameters = columns.indices.filter { columns[$0].role == .parameter }
        code = columns.firstIndex { $0.name == RunColumns.code.text }
    }

    /// Returns the cells as lossless texts; `nil` for NULL.
    ///
    /// Numbers have the digits that distinguish them from every other number of 64 bits. Parameters are written as the
    /// exact decimals in their code.
    func texts(_ cells: [Cell]) -> [String?] {
        var texts = cells.map(Self.text)
        guard let code, let fields = texts[code]?.split(separator: ",", omittingEmptySubsequences: false),
            fields.count == parameters.count
        else { return texts }
        for (index, field) in zip(parameters, fields) {
            if let value = cells[index].realValue, Double(field) == value { texts[index] = String(field) }
        }
        return texts
    }

    private static func text(_ cell: Cell) -> String? {
        switch cell {
        case .null, .bytes: nil
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .real(let value): "\(value)"
        case .decimal(let text), .text(let text): text
        }
    }

    /// Parses the texts of a row.
    ///
    /// - Throws: ``ExchangeProblem`` that names the column.
    func cells(_ texts: [String?]) throws -> [Cell] {
        guard texts.count == columns.count else {
            throw ExchangeProblem(description: "the line has \(texts.count) values instead of \(columns.count)")
        }
        return try zip(columns, texts).map { column, text in
            guard let text else { return .null }
            guard let cell = Self.cell(text, column.kind) else {
                throw ExchangeProblem(
                    description: "invalid value '\(text.prefix(60))' of '\(column.name)': expected \(column.kind.noun)")
            }
            return cell
        }
    }

    private static func cell(_ text: String, _ kind: RunTableColumn.Kind) -> Cell? {
        switch kind {
        case .hash: HexadecimalHash.bytes(text).map { .bytes($0) }
        case .text: .text(text)
        case .real: Double(text).flatMap { $0.isFinite ? .real($0) : nil }
        case .integer: Int64(text).map { .integer($0) }
        case .unsigned: UInt64(text).map { .unsigned($0) }
        case .time: LedgerTime(text).map { .text($0.text) }
        }
    }
}

extension RunTableColumn.Kind {
    fileprivate var noun: String {
        switch self {
        case .hash: "a hash of 64 hexadecimal digits"
        case .text: "a text"
        case .real: "a finite number"
        case .integer: "a whole number"
        case .unsigned: "a whole number from 0"
        case .time: "a time such as 2026-01-31T12:00:00.000000"
        }
    }
}
