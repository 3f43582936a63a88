/// A user's condition on runs, such as `CO2 > 0.1 and (state = 'error' or not verdict is null)`.
///
/// It looks like SQL, but is parsed here: columns are those of the exploration's table, and values become bound
/// parameters of the column's kind. SQL itself would accept mistakes: for `started_at > 'yesterday'`, `worker = 0` or
/// `state = 1` the server converts one side, at most warns, and selects other runs than were meant, and the caller may
/// act on those. It also would compare `hash` with bytes, and the two kinds of servers read times differently.
///
/// ```
/// condition   = conjunction { "or" conjunction }
/// conjunction = negation { "and" negation }
/// negation    = "not" negation | "(" condition ")" | comparison
/// comparison  = COLUMN ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) VALUE
///             | COLUMN [ "not" ] "like" TEXT | COLUMN [ "not" ] "in" "(" VALUE { "," VALUE } ")"
///             | COLUMN "is" [ "not" ] "null"
/// ```
///
/// A value is a number or a text in single or double quotes, doubled inside it. As in SQL, a comparison with a column
/// that is NULL is neither true nor false.
public struct RunCondition: Sendable, Hashable {
    /// A comparison, or the operators and parentheses between two.
    enum Part: Sendable, Hashable {
        case sql(SQL)
        case comparison(column: ConditionToken, Operator, values: [ConditionToken])
    }

    /// A comparison of a column with values.
    struct Operator: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case equality, order, like, null
        }

        let kind: Kind
        /// The text after the column, with placeholders for the values.
        let sql: SQL
    }

    private let parts: [Part]

    /// Parses a condition.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFilter`, naming the character at which something else was expected.
    public init(_ text: String) throws {
        var parser = ConditionParser(tokens: try ConditionToken.all(of: text))
        parts = try parser.parse()
    }

    /// Returns the condition as a part of a statement on `table`, with its parameters.
    ///
    /// - Throws: ``LedgerError`` with code `invalidFilter` for an unknown column, or a value that cannot be compared
    ///   with its column.
    func statement(on table: RunTable) throws -> (sql: SQL, parameters: [ParameterColumn]) {
        let columns = table.columns
        var parameters: [ParameterColumn] = []
        let sql = try parts.map { part -> SQL in
            switch part {
            case .sql(let sql): return sql
            case .comparison(let name, let comparison, let values):
                let column = try Self.column(name, columns, for: comparison)
                parameters += try values.map { try $0.value(for: column) }
                return "\(column.identifier) \(comparison.sql)"
            }
        }
        return ("\(sql, separator: " ")", parameters)
    }

    private static func column(
        _ name: ConditionToken, _ columns: [RunTableColumn], for comparison: Operator
    ) throws -> RunTableColumn {
        guard let column = columns.first(where: { $0.name.lowercased() == name.text.lowercased() }) else {
            throw name.error(
                "unknown column '\(name.text)'; the columns are \(columns.map(\.name).joined(separator: ", "))")
        }
        switch (comparison.kind, column.kind) {
        case (.like, let kind) where kind != .text:
            throw name.error("'\(column.name)' is not text, which 'like' needs")
        case (.order, .hash):
            throw name.error("'\(column.name)' is a hash, which can only be equal or unequal")
        default: return column
        }
    }
}

/// Parses the tokens of a ``RunCondition``.
private struct ConditionParser {
    private var rest: ArraySlice<ConditionToken>
    private var depth = 0
    private var parts: [RunCondition.Part] = []

    /// Guards against stack overflow.
    private static let maxDepth = 100

    init(tokens: [ConditionToken]) { rest = tokens[...] }

    mutating func parse() throws -> [RunCondition.Part] {
        try condition()
        guard next.kind == .end else { throw next.error("expected 'and', 'or' or the end, not \(next.quoted)") }
        return parts
    }

    /// There always is one: the last token is the end, which is never removed.
    private var next: ConditionToken { rest.first! }

    private mutating func removeNext() -> ConditionToken { next.kind == .end ? next : rest.removeFirst() }

    private mutating func skip(word: String) -> Bool {
        guard next.kind == .word, next.text.lowercased() == word else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skip(sign: String) -> Bool {
        guard next.kind == .sign, next.text == sign else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func require(sign: String) throws {
        guard skip(sign: sign) else { throw next.error("expected '\(sign)', not \(next.quoted)") }
    }

    private mutating func condition() throws {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maxDepth else { throw next.error("it is nested more than \(Self.maxDepth) deep") }
        parts.append(.sql("("))
        try conjunction()
        while skip(word: "or") {
            parts.append(.sql("OR"))
            try conjunction()
        }
        parts.append(.sql(")"))
    }

    private mutating func conjunction() throws {
        try negation()
        while skip(word: "and") {
            parts.append(.sql("AND"))
            try negation()
        }
    }

    private mutating func negation() throws {
        var isNegated = false
        while skip(word: "not") { isNegated.toggle() }
        if isNegated { parts.append(.sql("NOT")) }
        if skip(sign: "(") {
            try condition()
            try require(sign: ")")
        } else {
            parts.append(.sql("("))
            parts.append(try comparison())
            parts.append(.sql(")"))
        }
    }

    private mutating func comparison() throws -> RunCondition.Part {
        let column = removeNext()
        guard column.kind == .word else { throw column.error("expected the name of a column, not \(column.quoted)") }
        if skip(word: "is") {
            let sql: SQL = skip(word: "not") ? "IS NOT NULL" : "IS NULL"
            guard skip(word: "null") else { throw next.error("expected 'null', not \(next.quoted)") }
            return .comparison(column: column, .init(kind: .null, sql: sql), values: [])
        }
        let isNegated = skip(word: "not")
        let negation: SQL = isNegated ? "NOT " : ""
        if skip(word: "like") {
            return .comparison(column: column, .init(kind: .like, sql: "\(negation)LIKE ?"), values: [try value()])
        }
        if skip(word: "in") {
            try require(sign: "(")
            var values = [try value()]
            while skip(sign: ",") { values.append(try value()) }
            try require(sign: ")")
            let placeholders = values.map { _ in "?" as SQL }
            return .comparison(
                column: column, .init(kind: .equality, sql: "\(negation)IN (\(placeholders))"), values: values)
        }
        guard !isNegated else { throw next.error("expected 'like' or 'in', not \(next.quoted)") }
        let sign = removeNext()
        guard let comparison = Self.comparisons[sign.text], sign.kind == .sign else {
            throw sign.error("expected a comparison such as = or <, not \(sign.quoted)")
        }
        return .comparison(column: column, comparison, values: [try value()])
    }

    private mutating func value() throws -> ConditionToken {
        let token = removeNext()
        guard token.kind == .number || token.kind == .text else {
            throw token.error("expected a number or a text in quotes, not \(token.quoted)")
        }
        return token
    }

    private static let comparisons: [String: RunCondition.Operator] = [
        "=": .init(kind: .equality, sql: "= ?"), "!=": .init(kind: .equality, sql: "<> ?"),
        "<>": .init(kind: .equality, sql: "<> ?"), "<": .init(kind: .order, sql: "< ?"),
        "<=": .init(kind: .order, sql: "<= ?"), ">": .init(kind: .order, sql: "> ?"),
        ">=": .init(kind: .order, sql: ">= ?"),
    ]
}

/// A word, number, text or sign of a ``RunCondition``.
struct ConditionToken: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case word, number, text, sign, end
    }

    let kind: Kind
    /// A text without its quotes; everything else as written.
    let text: String
    /// The number of its first character, from 1.
    let position: Int

    func error(_ problem: String) -> LedgerError {
        LedgerError(.invalidFilter, "invalid condition at character \(position): \(problem)")
    }

    /// The token in an error message.
    var quoted: String { kind == .end ? "the end" : "'\(text)'" }

    /// Returns the tokens of a condition, `end` the last.
    static func all(of text: String) throws -> [ConditionToken] {
        let characters = Array(text)
        var tokens: [ConditionToken] = []
        var index = 0
        while index < characters.count {
            let start = index
            let first = characters[index]
            if first.isWhitespace {
                index += 1
                continue
            }
            func take(while isPart: (Character) -> Bool) {
                while index < characters.count, isPart(characters[index]) { index += 1 }
            }
            let kind: Kind
            var content: String?
            if first == "'" || first == "\"" {
                kind = .text
                content = try quoted(characters, &index)
            } else if first.isASCII, first.isLetter || first == "_" {
                kind = .word
                take { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            } else if first.isASCII, first.isNumber || "+-.".contains(first) {
                kind = .number
                index += 1
                take { character in
                    let isSigned = "eE".contains(characters[index - 1]) && "+-".contains(character)
                    return character.isASCII && (character.isLetter || character.isNumber || character == ".")
                        || isSigned
                }
            } else {
                kind = .sign
                index += 1
                if "<>!".contains(first) { take { "=>".contains($0) && index == start + 1 } }
            }
            tokens.append(
                ConditionToken(kind: kind, text: content ?? String(characters[start..<index]), position: start + 1))
        }
        return tokens + [ConditionToken(kind: .end, text: "", position: characters.count + 1)]
    }

    /// Reads a text in quotes, which are doubled inside it.
    private static func quoted(_ characters: [Character], _ index: inout Int) throws -> String {
        let start = index
        let quote = characters[index]
        var content = ""
        index += 1
        while index < characters.count {
            if characters[index] != quote {
                content.append(characters[index])
            } else if index + 1 < characters.count, characters[index + 1] == quote {
                content.append(quote)
                index += 1
            } else {
                index += 1
                return content
            }
            index += 1
        }
        throw ConditionToken(kind: .text, text: content, position: start + 1).error("the text does not end")
    }
}

extension ConditionToken {
    /// Returns the value as a parameter to compare `column` with.
    fileprivate func value(for column: RunTableColumn) throws -> ParameterColumn {
        switch column.kind {
        case .real, .integer, .unsigned:
            // The standard library would also read hexadecimal numbers, and words such as nan.
            guard kind == .number, text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }),
                let number = Double(text), number.isFinite
            else {
                throw error("'\(column.name)' is compared with a number, not with \(quoted)")
            }
            if column.kind == .unsigned, let exact = UInt64(text) { return .unsigned([exact]) }
            if column.kind == .integer, let exact = Int64(text) { return .integers([exact]) }
            return .doubles([number])
        case .text:
            guard kind == .text else {
                throw error("'\(column.name)' is compared with a text in quotes, not \(quoted)")
            }
            return .texts([text])
        case .time:
            guard kind == .text, let time = LedgerTime(text) else {
                throw error("'\(column.name)' is compared with a time, such as '2026-01-31 12:00', not \(quoted)")
            }
            return .texts([time.text])
        case .hash:
            guard kind == .text, let bytes = HexadecimalHash.bytes(text) else {
                throw error("'\(column.name)' is compared with a hash of 64 hexadecimal digits, not \(quoted)")
            }
            return .hash(bytes)
        }
    }
}
