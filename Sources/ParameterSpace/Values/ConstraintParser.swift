internal import Support

/// A recursive-descent parser for conditions.
///
/// The precedence, from the loosest to the tightest: `or`, `and`, `not`, comparisons (chains as in `0 < x <= y`), `+
/// -`, `* /`, the sign, and then numbers, parameters, calls and brackets. Brackets may hold a number or a condition;
/// the caller checks that the kind fits.
struct ConstraintParser {
    /// A parsed expression: a number or a condition.
    private enum Term {
        case number(ConstraintExpression)
        case condition(ConstraintCondition)
    }

    private let text: String
    private let parameters: [String]
    private var tokens: ArraySlice<ConstraintToken>
    private var depth = 0

    /// The limit on nested brackets, signs and `not`. It protects the stack from a hostile text.
    private static let maxDepth = 100

    init(_ text: String, parameters: [String]) throws(ConstraintError) {
        self.text = text
        self.parameters = parameters
        var tokenizer = ConstraintTokenizer(text)
        tokens = try tokenizer.tokens()[...]
    }

    mutating func parse() throws(ConstraintError) -> ConstraintCondition {
        let start = current
        if case .end = start.kind { throw error("a condition is missing, such as CO2 + CH4 < 0.5", at: start) }
        let condition = try condition(try disjunction(), from: start)
        guard case .end = current.kind else { throw error("\(current.quoted) is unexpected here", at: current) }
        return condition
    }

    private mutating func disjunction() throws(ConstraintError) -> Term {
        let start = current
        var term = try conjunction()
        while takes(word: "or") {
            let left = try condition(term, from: start)
            let next = current
            term = .condition(.or(left, try condition(try conjunction(), from: next)))
        }
        return term
    }

    private mutating func conjunction() throws(ConstraintError) -> Term {
        let start = current
        var term = try negation()
        while takes(word: "and") {
            let left = try condition(term, from: start)
            let next = current
            term = .condition(.and(left, try condition(try negation(), from: next)))
        }
        return term
    }

    private mutating func negation() throws(ConstraintError) -> Term {
        let start = current
        guard takes(word: "not") else { return try comparison() }
        try enter(at: start)
        defer { depth -= 1 }
        let next = current
        return .condition(.not(try condition(try negation(), from: next)))
    }

    private mutating func comparison() throws(ConstraintError) -> Term {
        let start = current
        let first = try sum()
        var links: [ConstraintCondition.Link] = []
        while case .symbol(let symbol) = current.kind,
            let relation = ConstraintCondition.Relation(rawValue: symbol)
        {
            if links.isEmpty { _ = try number(first, from: start) }
            tokens.removeFirst()
            let next = current
            links.append(.init(relation: relation, right: try number(try sum(), from: next)))
        }
        return links.isEmpty ? first : .condition(.comparison(try number(first, from: start), links))
    }

    private mutating func sum() throws(ConstraintError) -> Term {
        try operations(["+": .plus, "-": .minus]) { parser throws(ConstraintError) in try parser.product() }
    }

    private mutating func product() throws(ConstraintError) -> Term {
        try operations(["*": .times, "/": .over]) { parser throws(ConstraintError) in try parser.signed() }
    }

    private mutating func operations(
        _ symbols: [String: ConstraintExpression.Operation],
        _ operand: (inout ConstraintParser) throws(ConstraintError) -> Term
    ) throws(ConstraintError) -> Term {
        let start = current
        var term = try operand(&self)
        while case .symbol(let symbol) = current.kind, let operation = symbols[symbol] {
            let left = try number(term, from: start)
            tokens.removeFirst()
            let next = current
            term = .number(.operation(operation, left, try number(try operand(&self), from: next)))
        }
        return term
    }

    private mutating func signed() throws(ConstraintError) -> Term {
        let start = current
        if takes(symbol: "-") {
            try enter(at: start)
            defer { depth -= 1 }
            let next = current
            return .number(.operation(.minus, .number(.zero), try number(try signed(), from: next)))
        }
        return try primary()
    }

    private mutating func primary() throws(ConstraintError) -> Term {
        let token = tokens.removeFirst()
        switch token.kind {
        case .number(let value):
            return .number(.number(value))
        case .symbol("("):
            try enter(at: token)
            defer { depth -= 1 }
            let term = try disjunction()
            try close(token)
            return term
        case .word(let word):
            if case .symbol("(") = current.kind { return .number(try call(word, at: token)) }
            guard let index = parameters.firstIndex(of: word) else { throw unknown(word, at: token) }
            return .number(.parameter(index))
        case .symbol, .end:
            throw error("a number or a parameter is missing before \(token.quoted)", at: token)
        }
    }

    private mutating func call(_ name: String, at token: ConstraintToken) throws(ConstraintError)
        -> ConstraintExpression
    {
        guard let function = ConstraintExpression.Function(rawValue: name) else {
            let names = ConstraintExpression.Function.allCases.map(\.rawValue)
            let hint = ClosestName.of(name, among: names).map { "did you mean '\($0)'?" }
            throw error(
                "there is no function '\(name)'; \(hint ?? "there are \(names.joined(separator: ", "))")", at: token)
        }
        let bracket = tokens.removeFirst()
        try enter(at: bracket)
        defer { depth -= 1 }
        var arguments: [ConstraintExpression] = []
        repeat {
            let next = current
            arguments.append(try number(try sum(), from: next))
        } while takes(symbol: ",")
        try close(bracket)
        if let arity = function.arity {
            guard arguments.count == arity else {
                throw error("\(name) takes one number, not \(arguments.count)", at: token)
            }
        } else if arguments.count < 2 {
            throw error("\(name) takes at least two numbers", at: token)
        }
        return .call(function, arguments)
    }

    private mutating func close(_ bracket: ConstraintToken) throws(ConstraintError) {
        guard takes(symbol: ")") else {
            throw error("the bracket of column \(bracket.column) is not closed before \(current.quoted)", at: current)
        }
    }

    private func unknown(_ word: String, at token: ConstraintToken) -> ConstraintError {
        if ["and", "or", "not"].contains(word) {
            return error("a number or a parameter is missing before '\(word)'", at: token)
        }
        if ConstraintExpression.Function(rawValue: word) != nil {
            return error("the function \(word) needs its numbers in brackets", at: token)
        }
        let hint = ClosestName.of(word, among: parameters).map { "did you mean '\($0)'?" }
        return error(
            "there is no parameter '\(word)'; \(hint ?? "there are \(parameters.joined(separator: ", "))")", at: token)
    }

    private func number(_ term: Term, from token: ConstraintToken) throws(ConstraintError) -> ConstraintExpression {
        switch term {
        case .number(let expression): return expression
        case .condition: throw error("expected a number here, not a condition", at: token)
        }
    }

    private func condition(_ term: Term, from token: ConstraintToken) throws(ConstraintError) -> ConstraintCondition {
        switch term {
        case .condition(let condition): return condition
        case .number: throw error("expected a comparison here, such as CO2 < 0.5, not a number", at: token)
        }
    }

    private var current: ConstraintToken {
        tokens.first ?? ConstraintToken(kind: .end, column: text.count + 1)
    }

    private mutating func takes(symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func takes(word: String) -> Bool {
        guard current.kind == .word(word) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func enter(at token: ConstraintToken) throws(ConstraintError) {
        depth += 1
        guard depth <= Self.maxDepth else { throw error("nested more than \(Self.maxDepth) levels deep", at: token) }
    }

    private func error(_ message: String, at token: ConstraintToken) -> ConstraintError {
        ConstraintError(text: text, column: token.column, message: message)
    }
}

/// The smallest unit of a condition's text.
struct ConstraintToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case number(ExactDecimal)
        /// A parameter, a function, or one of `and`, `or`, `not`.
        case word(String)
        /// `+ - * / ( ) , < <= > >= == !=`
        case symbol(String)
        case end
    }

    let kind: Kind
    /// The place in the text, in characters from 1.
    let column: Int

    /// The token as messages quote it.
    var quoted: String {
        switch kind {
        case .number(let number): "the number \(number)"
        case .word(let word): "'\(word)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}

/// Splits the text of a condition into tokens.
struct ConstraintTokenizer {
    private let text: String
    private var rest: Substring
    private var column = 1

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    /// Returns all tokens; the last one is `end`.
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
