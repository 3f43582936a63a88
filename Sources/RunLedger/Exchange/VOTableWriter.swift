/// VOTable 1.4 in its TABLEDATA form, a run on each line. NULL is an empty cell; an empty text too, but for a mark that
/// readers of XML do not see (an empty CDATA section).
struct VOTableWriter: ExchangeWriter {
    let header: ExchangeHeader
    let columns: [RunTableColumn]

    var head: String {
        let fields = columns.map(field).joined(separator: "\n")
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
            <RESOURCE type="results">
            \(VOTableReader.mark)\(XMLText.escaped(header.json))"/>
            <TABLE name="\(header.table)" nrows="\(header.runs)">
            <DESCRIPTION>\(XMLText.escaped(header.title))</DESCRIPTION>
            \(fields)
            <DATA><TABLEDATA>

            """
    }

    func line(_ texts: [String?]) -> String {
        let cells = texts.map { text in
            text.map { "<TD>\($0.isEmpty ? VOTableReader.emptyText : XMLText.escaped($0))</TD>" } ?? "<TD></TD>"
        }
        return "<TR>\(cells.joined())</TR>\n"
    }

    var foot: String { "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n" }

    private func field(_ column: RunTableColumn) -> String {
        let unit = VOUnit(column.unit)
        var attributes = "name=\"\(column.name)\" ID=\"\(column.name)\" \(column.votableType)"
        if let unit, !unit.text.isEmpty { attributes += " unit=\"\(XMLText.escaped(unit.text))\"" }
        if let ucd = UCD.of(column) { attributes += " ucd=\"\(ucd)\"" }
        if column.kind == .time { attributes += " xtype=\"timestamp\"" }
        // What VOUnit cannot say is said in words.
        let words = unit == nil ? "\(column.description) [\(column.unit)]" : column.description
        return "<FIELD \(attributes)><DESCRIPTION>\(XMLText.escaped(words))</DESCRIPTION></FIELD>"
    }
}

extension RunTableColumn {
    fileprivate var votableType: String {
        switch kind {
        case .real: "datatype=\"double\""
        case .integer, .unsigned: "datatype=\"long\""
        case .hash, .time: "datatype=\"char\" arraysize=\"*\""
        case .text: "datatype=\"unicodeChar\" arraysize=\"*\""
        }
    }
}

/// Texts as XML.
enum XMLText {
    /// The text as content or as an attribute's value, on one line. Characters that XML 1.0 has no way to write become
    /// U+FFFD.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Undoes ``escaped(_:)``; nil where a reference is none that it writes.
    static func unescaped(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
        var plain = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            plain += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";"),
                let character = references[rest[rest.index(after: start)..<end]]
            else { return nil }
            plain += character
            rest = rest[rest.index(after: end)...]
        }
        return plain + rest
    }

    private static let references: [Substring: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#9": "\t", "#10": "\n", "#13": "\r",
    ]
}
