/// Reads what ``IPACWriter`` writes.
struct IPACReader: ExchangeReader {
    /// Begins the header's line, which ends with a quote.
    static let mark = "\\\(ExchangeHeader.key) = '"
    /// Stands for NULL.
    static let null = "null"

    /// Where in a line each column lies.
    private var places: [Range<Int>] = []

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        guard let json = IPACText.unescaped(String(try lines.skip(to: Self.mark).dropLast())) else {
            throw ExchangeProblem(description: "the description of the runs cannot be read")
        }
        let header = try ExchangeHeader(json: json)
        var bars: [String] = []
        while bars.count < 4, let line = try lines.next() {
            if line.hasPrefix("|") { bars.append(line) }
        }
        let columns = bars.first.map(Self.columns) ?? []
        guard bars.count == 4, columns.map(\.name) == header.columns else {
            throw ExchangeProblem(description: "the columns are not those that the file's header names")
        }
        places = columns.map(\.place)
        return header
    }

    mutating func next(_ lines: LineReader) throws -> [String?]? {
        guard let line = try lines.next() else { return nil }
        let bytes = Array(line.utf8)
        guard bytes.count >= places.last?.upperBound ?? 0 else {
            throw ExchangeProblem(description: "the line is shorter than the table's columns")
        }
        for place in places where bytes[place.lowerBound - 1] != UInt8(ascii: " ") {
            throw ExchangeProblem(description: "a value does not lie within its column")
        }
        return try places.map { place in
            var cell = bytes[place]
            while cell.last == UInt8(ascii: " ") { cell.removeLast() }
            let shown = String(decoding: cell, as: UTF8.self)
            if shown == Self.null { return nil }
            guard let text = IPACText.unescaped(shown) else {
                throw ExchangeProblem(description: "a text has a backslash that begins no escape: \(shown.prefix(60))")
            }
            return text
        }
    }

    /// The names between the bars, and where they lie.
    private static func columns(_ line: String) -> [(name: String, place: Range<Int>)] {
        let bytes = Array(line.utf8)
        let bars = bytes.indices.filter { bytes[$0] == UInt8(ascii: "|") }
        return zip(bars, bars.dropFirst()).map { bar, next in
            let name = String(decoding: bytes[(bar + 1)..<next], as: UTF8.self)
            return (String(name.prefix { $0 != " " }), (bar + 1)..<next)
        }
    }
}
