internal import FoundationEssentials
internal import Support

/// A JSON object for each run; the first line is the header.
struct JSONLinesWriter: ExchangeWriter {
    let header: ExchangeHeader
    let columns: [RunTableColumn]

    var head: String { "{\"\(ExchangeHeader.key)\":\(header.json)}\n" }

    func line(_ texts: [String?]) -> String {
        let members = zip(columns, texts).map { column, text in
            let value = text.map { column.kind.isNumber ? $0 : JSONText.quoted($0) } ?? "null"
            return "\(JSONText.quoted(column.name)):\(value)"
        }
        return "{\(members.joined(separator: ","))}\n"
    }
}

extension RunTableColumn.Kind {
    var isNumber: Bool {
        switch self {
        case .real, .integer, .unsigned: true
        case .hash, .text, .time: false
        }
    }
}

/// Reads the output of ``JSONLinesWriter``.
struct JSONLinesReader: ExchangeReader {
    private var columns: [String] = []
    private let decoder = JSONDecoder()

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        let line = try lines.skip(to: "{\"\(ExchangeHeader.key)\":")
        let header = try ExchangeHeader(json: String(line.dropLast()))
        columns = header.columns
        return header
    }

    mutating func next(_ lines: LineReader) throws -> [String?]? {
        guard let line = try lines.next() else { return nil }
        guard let members = try? decoder.decode([String: Value].self, from: Data(line.utf8)) else {
            throw ExchangeProblem(description: "the line is not a JSON object of numbers, texts and nulls")
        }
        for name in members.keys where !columns.contains(name) {
            throw ExchangeProblem(description: "unknown column '\(name.prefix(60))': the header does not name it")
        }
        return columns.map { members[$0]?.text }
    }

    /// A number, a text or null.
    private struct Value: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let number = try? container.decode(Double.self)
            if container.decodeNil() {
                text = nil
            } else if let number, number == 0, number.sign == .minus {
                // As a whole number it would lose its sign.
                text = "-0.0"
            } else if let whole = try? container.decode(Int64.self) {
                text = String(whole)
            } else if let whole = try? container.decode(UInt64.self) {
                text = String(whole)
            } else if let number {
                text = "\(number)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}
