internal import Support

/// Enhanced CSV 1.0: a header of YAML in comments, then RFC 4180. NULL is an empty field, an empty text a pair of
/// quotes.
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

    /// Also quotes a text that begins a comment, or that looks empty.
    private static func field(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { ![0x22, 0x2C, 0x0A, 0x0D, 0x23, 0x20].contains($0) }
        return isPlain ? text : CSVText.quoted(text)
    }
}

extension RunTableColumn.Kind {
    fileprivate var csvType: String {
        switch self {
        case .real: "float64"
        case .integer: "int64"
        case .unsigned: "uint64"
        case .hash, .text, .time: "string"
        }
    }
}

/// Reads the output of ``CSVWriter``.
package struct CSVReader: ExchangeReader {
    package init() {}

    /// The beginning of the header's line, which ends with one brace more than the header has.
    static let mark = "# meta: {\(ExchangeHeader.key): "

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        let header = try ExchangeHeader(json: String(try lines.skip(to: Self.mark).dropLast()))
        while let line = try lines.next() {
            guard !line.hasPrefix("#") else { continue }
            guard line.split(separator: ",").map(String.init) == header.columns else { break }
            return header
        }
        throw ExchangeProblem(description: "the columns differ from those in the file's header")
    }

    /// Returns the fields of the next line, `nil` for an empty one; `nil` after the last line.
    ///
    /// - Throws: ``ExchangeProblem``.
    package mutating func next(_ lines: LineReader) throws -> [String?]? {
        guard let line = try lines.next() else { return nil }
        var fields: [String?] = []
        var rest = line[...]
        while true {
            let field: String?
            if rest.first == "\"" {
                field = try quoted(&rest, lines)
            } else {
                let plain = rest.prefix { $0 != "," }
                rest = rest[plain.endIndex...]
                field = plain.isEmpty ? nil : String(plain)
            }
            fields.append(field)
            guard let comma = rest.popFirst() else { return fields }
            guard comma == "," else { throw ExchangeProblem(description: "expected a comma after a text in quotes") }
        }
    }

    /// Removes a text in quotes, which may continue over several lines, from the front.
    private func quoted(_ rest: inout Substring, _ lines: LineReader) throws -> String {
        var text = ""
        rest.removeFirst()
        while true {
            let part = rest.prefix { $0 != "\"" }
            text += part
            rest = rest[part.endIndex...]
            if rest.isEmpty {
                guard let line = try lines.next() else {
                    throw ExchangeProblem(description: "the file ends inside a text in quotes")
                }
                text += "\n"
                rest = line[...]
            } else {
                rest.removeFirst()
                guard rest.first == "\"" else { return text }
                text += "\""
                rest.removeFirst()
            }
        }
    }
}
