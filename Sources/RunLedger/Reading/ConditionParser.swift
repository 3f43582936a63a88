/// Reads the tokens of a ``RunCondition``.
struct ConditionParser {
    private var rest: ArraySlice<ConditionToken>
    private var depth = 0

    /// Deeper ones are nobody's wish, and would use up the stack.
    private static let deepest = 100

    init(tokens: [ConditionToken]) { rest = tokens[...] }

    mutating func whole() throws -> RunCondition.Node {
        let node = try condition()
        guard next.kind == .end else { throw next.error("“and”, “or” or the end was expected, not \(next.shown)") }
        return node
    }

    /// There is always one: the last token is the end, and is never taken.
    private var next: ConditionToken { rest.first! }

    private mutating func take() -> ConditionToken { next.kind == .end ? next : rest.removeFirst() }

    private mutating func took(word: String) -> Bool {
        guard next.kind == .word, next.text.lowercased() == word else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func took(sign: String) -> Bool {
        guard next.kind == .sign, next.text == sign else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func require(sign: String) throws {
        guard took(sign: sign) else { throw next.error("“\(sign)” was expected, not \(next.shown)") }
    }

    private mutating func condition() throws -> RunCondition.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw next.error("it is nested more than \(Self.deepest) deep") }
        var parts = [try conjunction()]
        while took(word: "or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func conjunction() throws -> RunCondition.Node {
        var parts = [try negation()]
        while took(word: "and") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func negation() throws -> RunCondition.Node {
        var isNegated = false
        while took(word: "not") { isNegated.toggle() }
        let node: RunCondition.Node
        if took(sign: "(") {
            node = try condition()
            try require(sign: ")")
        } else {
            node = try comparison()
        }
        return isNegated ? .not(node) : node
    }

    private mutating func comparison() throws -> RunCondition.Node {
        let column = take()
        guard column.kind == .word else { throw column.error("the name of a column was expected, not \(column.shown)") }
        if took(word: "is") {
            let isNegated = took(word: "not")
            guard took(word: "null") else { throw next.error("“null” was expected, not \(next.shown)") }
            return .null(column: column, isNegated: isNegated)
        }
        let isNegated = took(word: "not")
        if took(word: "like") { return .comparison(column: column, .like(isNegated: isNegated), [try value()]) }
        if took(word: "in") {
            try require(sign: "(")
            var values = [try value()]
            while took(sign: ",") { values.append(try value()) }
            try require(sign: ")")
            return .comparison(column: column, .among(isNegated: isNegated), values)
        }
        guard !isNegated else { throw next.error("“like” or “in” was expected, not \(next.shown)") }
        let sign = take()
        guard let comparison = Self.comparisons[sign.text], sign.kind == .sign else {
            throw sign.error("a comparison such as = or < was expected, not \(sign.shown)")
        }
        return .comparison(column: column, comparison, [try value()])
    }

    private mutating func value() throws -> ConditionToken {
        let token = take()
        guard token.kind == .number || token.kind == .text else {
            throw token.error("a number or a text in quotes was expected, not \(token.shown)")
        }
        return token
    }

    private static let comparisons: [String: RunCondition.Operator] = [
        "=": .equal, "!=": .unequal, "<>": .unequal, "<": .less, "<=": .lessOrEqual, ">": .greater,
        ">=": .greaterOrEqual,
    ]
}
