internal import Support

/// A table of fixed columns of NASA's Infrared Processing and Analysis Center.
///
/// It consists of printable ASCII: all other characters, and the backslash, become escapes as in JSON (`\n`, `\u00e9`);
/// so do blanks at a text's ends, which the format would lose, and the word `null`, which means NULL.
struct IPACWriter: ExchangeWriter {
    let header: ExchangeHeader
    let columns: [RunTableColumn]
    private var widths: [Int]

    init(header: ExchangeHeader, columns: [RunTableColumn]) {
        self.header = header
        self.columns = columns
        widths = columns.map {
            max($0.name.count, $0.kind.ipacType.count, IPACText.escaped($0.unit).count, IPACReader.null.count)
        }
    }

    /// Widens the columns for a run. All runs are measured before the first is written.
    mutating func measure(_ texts: [String?]) {
        for (index, text) in texts.enumerated() {
            if let text { widths[index] = max(widths[index], cell(text, columns[index]).utf8.count) }
        }
    }

    var head: String {
        let comments = columns.flatMap { column in
            let unit = column.unit.isEmpty ? "" : " (\(IPACText.escaped(column.unit)))"
            return ["\\ \(column.name)\(unit)", "\\ ___ \(IPACText.escaped(column.description))"]
        }
        let rows = [
            columns.map(\.name), columns.map(\.kind.ipacType), columns.map { IPACText.escaped($0.unit) },
            columns.map { _ in IPACReader.null },
        ].map { "|\(zip($0, widths).map(Self.padded).joined(separator: "|"))|" }
        let json = IPACText.escaped(header.json)
        return (["\\fixlen = T", "\(IPACReader.mark)\(json)'"] + comments + rows).joined(separator: "\n") + "\n"
    }

    func line(_ texts: [String?]) -> String {
        let cells = zip(columns, texts).map { column, text in text.map { cell($0, column) } ?? IPACReader.null }
        return " \(zip(cells, widths).map(Self.padded).joined(separator: " ")) \n"
    }

    private func cell(_ text: String, _ column: RunTableColumn) -> String {
        column.kind.isNumber ? text : IPACText.escaped(text)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }
}

extension RunTableColumn.Kind {
    fileprivate var ipacType: String {
        switch self {
        case .real: "double"
        case .integer, .unsigned: "long"
        case .hash, .text, .time: "char"
        }
    }
}

/// Reads the output of ``IPACWriter``.
struct IPACReader: ExchangeReader {
    /// The beginning of the header's line, which ends with a quote.
    static let mark = "\\\(ExchangeHeader.key) = '"
    /// The text for NULL.
    static let null = "null"

    /// The position of each column in a line.
    private var ranges: [Range<Int>] = []

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        guard let json = IPACText.unescaped(String(try lines.skip(to: Self.mark).dropLast())) else {
            throw ExchangeProblem(description: "cannot parse the description of the runs")
        }
        let header = try ExchangeHeader(json: json)
        var bars: [String] = []
        while bars.count < 4, let line = try lines.next() {
            if line.hasPrefix("|") { bars.append(line) }
        }
        let columns = bars.first.map(Self.columns) ?? []
        guard bars.count == 4, columns.map(\.name) == header.columns else {
            throw ExchangeProblem(description: "the columns differ from those in the file's header")
        }
        ranges = columns.map(\.range)
        return header
    }

    mutating func next(_ lines: LineReader) throws -> [String?]? {
        guard let line = try lines.next() else { return nil }
        let bytes = Array(line.utf8)
        guard bytes.count >= ranges.last?.upperBound ?? 0 else {
            throw ExchangeProblem(description: "the line is shorter than the table's columns")
        }
        for range in ranges where bytes[range.lowerBound - 1] != UInt8(ascii: " ") {
            throw ExchangeProblem(description: "a value extends beyond its column")
        }
        return try ranges.map { range in
            var cell = bytes[range]
            while cell.last == UInt8(ascii: " ") { cell.removeLast() }
            let escaped = String(decoding: cell, as: UTF8.self)
            if escaped == Self.null { return nil }
            guard let text = IPACText.unescaped(escaped) else {
                throw ExchangeProblem(description: "invalid escape in the text '\(escaped.prefix(60))'")
            }
            return text
        }
    }

    /// Returns the names between the bars, and their positions.
    private static func columns(_ line: String) -> [(name: String, range: Range<Int>)] {
        let bytes = Array(line.utf8)
        let bars = bytes.indices.filter { bytes[$0] == UInt8(ascii: "|") }
        return zip(bars, bars.dropFirst()).map { bar, next in
            let name = String(decoding: bytes[(bar + 1)..<next], as: UTF8.self)
            return (String(name.prefix { $0 != " " }), (bar + 1)..<next)
        }
    }
}

/// Texts in a table of printable ASCII.
enum IPACText {
    static func escaped(_ text: String) -> String {
        if text == IPACReader.null { return "\\u006e" + text.dropFirst() }
        var escaped = ""
        let scalars = text.unicodeScalars
        for (offset, scalar) in scalars.enumerated() {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            case " " where offset == 0 || offset == scalars.count - 1: escaped += "\\u0020"
            case _ where (0x20...0x7E).contains(scalar.value): escaped.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 { escaped += JSONText.escape(UInt32(unit)) }
            }
        }
        return escaped
    }

    /// Undoes ``escaped(_:)``; `nil` for an escape that it does not write.
    static func unescaped(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        var units: [UInt16] = []
        var rest = text.utf16[...]
        while let unit = rest.popFirst() {
            guard unit == UInt16(UInt8(ascii: "\\")) else {
                units.append(unit)
                continue
            }
            switch rest.popFirst() {
            case UInt16(UInt8(ascii: "\\")): units.append(UInt16(UInt8(ascii: "\\")))
            case UInt16(UInt8(ascii: "n")): units.append(0x0A)
            case UInt16(UInt8(ascii: "r")): units.append(0x0D)
            case UInt16(UInt8(ascii: "t")): units.append(0x09)
            case UInt16(UInt8(ascii: "u")):
                guard let digits = String(rest.prefix(4)), let code = UInt16(digits, radix: 16), digits.count == 4
                else {
                    return nil
                }
                units.append(code)
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return String(validating: units, as: UTF16.self)
    }
}
