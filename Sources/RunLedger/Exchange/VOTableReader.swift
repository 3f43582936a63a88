/// Reads what ``VOTableWriter`` writes: of VOTable the part in which a run stands on a line.
struct VOTableReader: ExchangeReader {
    /// Begins the header's line.
    static let mark = "<INFO name=\"\(ExchangeHeader.key)\" value=\""
    /// Tells an empty text from NULL.
    static let emptyText = "<![CDATA[]]>"

    mutating func header(_ lines: LineReader) throws -> ExchangeHeader {
        guard let json = XMLText.unescaped(try lines.skip(to: Self.mark).dropLast(3)) else {
            throw ExchangeProblem(description: "the description of the runs cannot be read")
        }
        let header = try ExchangeHeader(json: json)
        while let line = try lines.next() {
            if line == "<DATA><TABLEDATA>" { return header }
        }
        throw ExchangeProblem(description: "there are no data, or not as an export writes them")
    }

    mutating func next(_ lines: LineReader) throws -> [String?]? {
        guard let line = try lines.next() else { throw ExchangeProblem(description: "the file ends within its data") }
        if line == "</TABLEDATA></DATA>" { return nil }
        let start = "<TR><TD>"
        let end = "</TD></TR>"
        guard line.hasPrefix(start), line.hasSuffix(end), line.utf8.count >= start.utf8.count + end.utf8.count else {
            throw ExchangeProblem(description: "the line is not a run as an export writes it: <TR><TD>…</TD></TR>")
        }
        return try line.dropFirst(start.count).dropLast(end.count).split(
            separator: "</TD><TD>", omittingEmptySubsequences: false
        ).map { cell in
            if cell.isEmpty { return nil }
            if cell == Self.emptyText { return "" }
            guard !cell.contains("<"), let text = XMLText.unescaped(cell) else {
                throw ExchangeProblem(description: "a cell is not plain text: \(cell.prefix(60))")
            }
            return text
        }
    }
}
