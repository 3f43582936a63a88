/// Puts a response's head together from its lines. Heads of status 100 to 199 come before the one that counts.
struct HeadReader {
    private var status = 0
    private var headers = HTTPHeaders()
    private var isDone = false

    /// Takes a line, with its line end.
    ///
    /// - Returns: the head, once, when the line was the last one of it.
    mutating func read(_ line: UnsafeRawBufferPointer) -> HTTPResponseHead? {
        guard !isDone else { return nil }
        let text = String(decoding: line, as: UTF8.self).drop { $0 == " " }
        let content = text.prefix { !$0.isNewline }
        if content.hasPrefix("HTTP/") {
            status = content.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = HTTPHeaders()
            return nil
        }
        if let colon = content.firstIndex(of: ":") {
            headers.add(String(content[..<colon]), Self.trimmed(content[content.index(after: colon)...]))
            return nil
        }
        guard content.isEmpty, status >= 200 else { return nil }
        isDone = true
        return HTTPResponseHead(status: status, headers: headers)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
