/// Tells apart, by their first word, statements that may only read from all others.
///
/// This is for a clear message, and to keep out the few statements that give rows and still change something
/// (`OPTIMIZE TABLE`, `ANALYZE UPDATE`). What really keeps a query from writing is its session: a read-only transaction, and
/// the server's own word that the statement has a result to send.
enum ReadOnlyStatement {
    private static let allowed: Set<String> = ["SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES"]

    /// The statement without what may follow it: blanks and one semicolon.
    ///
    /// - Throws: ``LedgerError`` with code `queryRefused`.
    static func checked(_ text: String) throws -> String {
        var statement = text[...]
        while let last = statement.last, last.isWhitespace { statement.removeLast() }
        if statement.last == ";" { statement.removeLast() }
        let word = firstWord(of: statement).uppercased()
        guard !word.isEmpty else {
            throw LedgerError(.queryRefused, "The query is empty: write a SELECT statement.")
        }
        guard allowed.contains(word) else {
            throw LedgerError(
                .queryRefused,
                "Only statements that read are run here, such as SELECT, SHOW and DESCRIBE; this one begins with"
                    + " \(word.prefix(20)).")
        }
        return String(statement)
    }

    /// Whether it asks for another statement's plan. Of such a one MySQL says only when it is executed that it has a result.
    static func isPlan(_ statement: String) -> Bool {
        ["EXPLAIN", "DESCRIBE", "DESC"].contains(firstWord(of: statement[...]).uppercased())
    }

    /// The first word after blanks, comments and opening parentheses.
    private static func firstWord(of statement: Substring) -> Substring {
        var rest = statement
        while let first = rest.first {
            if first.isWhitespace || first == "(" {
                rest.removeFirst()
            } else if rest.hasPrefix("#") || rest.hasPrefix("-- ") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*"), !rest.hasPrefix("/*!"), !rest.hasPrefix("/*M!"),
                let end = rest.dropFirst(2).firstRange(of: "*/")
            {
                rest = rest[end.upperBound...]
            } else {
                break
            }
        }
        let word = rest.prefix { $0.isLetter }
        return word.isEmpty ? rest.prefix(1) : word
    }
}
