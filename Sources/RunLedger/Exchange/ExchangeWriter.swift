internal import Support

/// Writes a file of runs, a piece after the other.
protocol ExchangeWriter {
    /// What stands before the first run.
    var head: String { get }
    /// A run: a text for each column, nil for NULL.
    func line(_ texts: [String?]) -> String
    /// What stands after the last run.
    var foot: String { get }
}

extension ExchangeWriter {
    var foot: String { "" }
}

/// Enhanced CSV 1.0: a header of YAML in comments, then RFC 4180. NULL is an empty field, an empty text a pair of quotes.
struct CSVWriter: ExchangeWriter {
    let header: ExchangeHeader
    let columns: [RunTableColumn]

    var head: String {
        // JSON is YAML too.
        let types = columns.map { column in
            let unit = column.unit.isEmpty ? "" : "unit: \(JSONText.quoted(column.unit)), "
            return "# - {name: \(column.name), \(unit)datatype: \(column.kind.csvType), "
                + "description: \(JSONText.quoted(column.description))}"
        }
        let lines =
            ["# %ECSV 1.0", "# ---", "# delimiter: ','", "# datatype:"] + types + [
                "\(CSVReader.mark)\(header.json)}", "# schema: astropy-2.0",
                columns.map(\.name).joined(separator: ","),
            ]
        return lines.joined(separator: "\n") + "\n"
    }

    func line(_ texts: [String?]) -> String {
        texts.map { $0.map(Self.field) ?? "" }.joined(separator: ",") + "\n"
    }

    private static func field(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { ![0x22, 0x2C, 0x0A, 0x0D, 0x23, 0x20].contains($0) }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }
}

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

    fileprivate var csvType: String {
        switch self {
        case .real: "float64"
        case .integer: "int64"
        case .unsigned: "uint64"
        case .hash, .text, .time: "string"
        }
    }
}
