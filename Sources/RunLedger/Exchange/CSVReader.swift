/// Reads what ``CSVWriter`` writes.
package struct CSVReader: ExchangeReader {
    package init() {}

    /// Begins the header's line, which ends with one brace more than the header has.
    static let mark = "# meta: {\(ExchangeHeader.key): "

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        let header = try ExchangeHeader(json: String(try lines.skip(to: Self.mark).dropLast()))
        while let line = try lines.next() {
            guard !line.hasPrefix("#") else { continue }
            guard line.split(separator: ",").map(String.init) == header.columns else { break }
            return header
        }
        throw ExchangeProblem(description: "the columns are not those that the file's header names")
    }

    /// The fields of the next line, nil for an empty one; nil after the last line.
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
            guard comma == "," else { throw ExchangeProblem(description: "a comma is missing after a text in quotes") }
        }
    }

    /// Takes a text in quotes off the front; it may go on over several lines.
    private func quoted(_ rest: inout Substring, _ lines: LineReader) throws -> String {
        var text = ""
        rest.removeFirst()
        while true {
            let part = rest.prefix { $0 != "\"" }
            text += part
            rest = rest[part.endIndex...]
            if rest.isEmpty {
                guard let line = try lines.next() else {
                    throw ExchangeProblem(description: "the file ends within a text in quotes")
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
