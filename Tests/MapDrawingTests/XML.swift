/// As much of XML as it takes to tell a well-formed document: elements that are closed in order, attributes in quotes,
/// no stray markup.
enum XML {
    /// What is wrong with a document; nil when nothing is.
    static func problem(in document: String) -> String? {
        var open: [Substring] = []
        var rest = document[...]
        while let bracket = rest.firstIndex(where: { $0 == "<" || $0 == ">" }) {
            if let problem = entityProblem(rest[..<bracket]) { return problem }
            guard rest[bracket] == "<", let end = rest[bracket...].firstIndex(of: ">") else { return "stray bracket" }
            let tag = rest[rest.index(after: bracket)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("?") { continue }
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return "</\(tag.dropFirst())> closes another element" }
                continue
            }
            guard tag.count(where: { $0 == "\"" }) % 2 == 0, !tag.contains("<") else { return "broken tag \(tag)" }
            if !tag.hasSuffix("/") { open.append(tag.prefix { !$0.isWhitespace }) }
        }
        if document.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" && $0 != "\t" }) {
            return "control character"
        }
        return open.isEmpty ? nil : "\(open) not closed"
    }

    private static func entityProblem(_ text: Substring) -> String? {
        for piece in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
        where !["amp;", "lt;", "gt;", "quot;", "apos;"].contains(where: piece.hasPrefix) {
            return "stray & before \(piece.prefix(10))"
        }
        return nil
    }
}
