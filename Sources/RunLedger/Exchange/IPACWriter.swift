internal import Support

/// A table of fixed columns, of NASA's Infrared Processing and Analysis Center.
///
/// It is made of printable ASCII: everything else in a text, and a backslash, becomes an escape as in JSON (`\n`,
/// `\u00e9`); so do blanks at a text's ends, which the format would lose, and the word `null`, which it would take for NULL.
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

    /// Makes room for a run. All runs are measured before the first is written.
    mutating func measure(_ texts: [String?]) {
        for (index, text) in texts.enumerated() {
            if let text { widths[index] = max(widths[index], shown(text, columns[index]).utf8.count) }
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
        let cells = zip(columns, texts).map { column, text in text.map { shown($0, column) } ?? IPACReader.null }
        return " \(zip(cells, widths).map(Self.padded).joined(separator: " ")) \n"
    }

    private func shown(_ text: String, _ column: RunTableColumn) -> String {
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

    /// Undoes ``escaped(_:)``; nil where an escape is none that it writes.
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
