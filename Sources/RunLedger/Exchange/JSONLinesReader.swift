internal import FoundationEssentials

/// Reads what ``JSONLinesWriter`` writes.
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
            throw ExchangeProblem(description: "“\(name.prefix(60))” is not one of the columns that the header names")
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
