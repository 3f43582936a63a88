/// Cuts the text of a condition into tokens.
struct ConstraintTokenizer {
    private let text: String
    private var rest: Substring
    private var column = 1

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    /// All tokens, the last one being the end.
    mutating func tokens() throws(ConstraintError) -> [ConstraintToken] {
        var tokens: [ConstraintToken] = []
        while let token = try next() { tokens.append(token) }
        return tokens + [ConstraintToken(kind: .end, column: column)]
    }

    private mutating func next() throws(ConstraintError) -> ConstraintToken? {
        _ = take(while: \.isWhitespace)
        guard let first = rest.first else { return nil }
        let start = column
        if first.isASCII, first.isLetter || first == "_" {
            let word = take { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            return ConstraintToken(kind: .word(word), column: start)
        }
        if first.isASCII, first.isNumber || first == "." { return try number(at: start) }
        return ConstraintToken(kind: .symbol(try symbol(first, at: start)), column: start)
    }

    private mutating func number(at start: Int) throws(ConstraintError) -> ConstraintToken {
        var digits = take { $0.isASCII && ($0.isNumber || $0 == ".") }
        if let mark = rest.first, mark == "e" || mark == "E" {
            digits += take { $0 == "e" || $0 == "E" }
            if let sign = rest.first, sign == "-" || sign == "+" { digits.append(advance()) }
            digits += take { $0.isASCII && $0.isNumber }
        }
        guard let value = ExactDecimal(digits) else {
            throw ConstraintError(
                text: text, column: start,
                message: "'\(digits)' is not a decimal number below 1e12 with at most \(ExactDecimal.decimals) decimals"
            )
        }
        return ConstraintToken(kind: .number(value), column: start)
    }

    private mutating func symbol(_ first: Character, at start: Int) throws(ConstraintError) -> String {
        let pair = String(rest.prefix(2))
        if ["<=", ">=", "==", "!="].contains(pair) {
            _ = advance()
            _ = advance()
            return pair
        }
        if "+-*/(),<>".contains(first), pair != "**" { return String(advance()) }
        let meant = [
            "=": "write '==' for equal", "!": "write 'not'", "&": "write 'and'", "|": "write 'or'", "≤": "write '<='",
            "≥": "write '>='", "≠": "write '!='", "^": "write a power as a product", "*": "write a power as a product",
            "×": "write '*'", "÷": "write '/'", "−": "write '-'",
        ]
        throw ConstraintError(
            text: text, column: start,
            message: "'\(first)' has no meaning here; " + (meant[first.description] ?? "leave it out"))
    }

    private mutating func take(while condition: (Character) -> Bool) -> String {
        let taken = rest.prefix(while: condition)
        column += taken.count
        rest = rest[taken.endIndex...]
        return String(taken)
    }

    private mutating func advance() -> Character {
        column += 1
        return rest.removeFirst()
    }
}
