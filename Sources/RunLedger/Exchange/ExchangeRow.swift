/// Turns the rows of a table of runs into texts, and back.
struct ExchangeRow {
    let columns: [RunTableColumn]
    private let parameters: [Int]
    private let code: Int?

    init(columns: [RunTableColumn]) {
        self.columns = columns
        parameters = columns.indices.filter { columns[$0].role == .parameter }
        code = columns.firstIndex { $0.name == RunColumns.code.text }
    }

    /// The cells as texts that lose nothing; nil for NULL.
    ///
    /// Numbers have as many digits as it takes to tell them from every other number of 64 bits. Parameters are written
    /// as the exact decimals that their code is made of.
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

    /// The values that the texts stand for.
    ///
    /// - Throws: ``ExchangeProblem`` that names the column.
    func cells(_ texts: [String?]) throws -> [Cell] {
        guard texts.count == columns.count else {
            throw ExchangeProblem(description: "there are \(texts.count) values instead of \(columns.count)")
        }
        return try zip(columns, texts).map { column, text in
            guard let text else { return .null }
            guard let cell = Self.cell(text, column.kind) else {
                throw ExchangeProblem(
                    description: "“\(column.name)” holds “\(text.prefix(60))”, which is not \(column.kind.noun)")
            }
            return cell
        }
    }

    private static func cell(_ text: String, _ kind: RunTableColumn.Kind) -> Cell? {
        switch kind {
        case .hash: HashText.bytes(text).map { .bytes($0) }
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
