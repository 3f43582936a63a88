internal import ExplorationFile
internal import Stencil
internal import Support

/// The tags and filters of templates in addition to Stencil's `if`, `for` and filters.
enum TemplateLanguage {
    /// The start of every template; see ``insertTokens(_:_:)``.
    static let opening = "{% document %}"

    /// - Parameters:
    ///   - placeholders: receives the values of `{{ … }}`.
    ///   - seed: the text that identifiers are derived from.
    static func environment(_ placeholders: Placeholders, seed: String) -> Environment {
        let language = Extension()
        insertTokens(language, placeholders)
        removeTags(language)
        registerArithmetic(language)
        language.registerFilter("quote") { value in try scalar(value, "quote").text }
        language.registerFilter("uuid") { value in uuid(of: "\(seed)\n\(try scalar(value, "uuid").text)") }
        language.registerFilter("indent", filter: indent)
        return Environment(extensions: [language])
    }

    /// Makes every `{{ … }}` write a token instead of its value.
    ///
    /// Stencil has no hook for escaping. So a tag `document` before the template takes all tokens of Stencil's parser, and
    /// puts them back with a tag `emit` instead of each `{{ … }}`, which evaluates the same expressions.
    private static func insertTokens(_ language: Extension, _ placeholders: Placeholders) {
        language.registerTag("document") { parser, token in
            var rest: [Token] = []
            while let next = parser.nextToken() { rest.append(next) }
            for next in rest.reversed() {
                parser.prependToken(
                    next.kind == .variable ? .block(value: "emit \(next.contents)", at: next.sourceMap) : next)
            }
            return NodeSequence(nodes: try parser.parse(), token: token)
        }
        language.registerTag("emit") { parser, token in
            let words = token.components.dropFirst()
            guard !words.isEmpty else { throw TemplateSyntaxError("{{ }} does not name a variable") }
            guard !words.contains("if") else {
                throw TemplateSyntaxError("write {% if … %} around {{ … }} instead of an if inside")
            }
            let text = words.joined(separator: " ")
            let expression = try parser.compileFilter(text, containedIn: token)
            return SimpleNode(token: token) { context in
                let value = try expression.resolve(context)
                if let scalar = TemplateScalar(value) { return placeholders.token(for: scalar) }
                throw TemplateSyntaxError(
                    value == nil || isNil(value)
                        ? "{{ \(text) }} has no value; use |default:\"…\""
                        : "{{ \(text) }} is not a single value; use {% for %} for a list")
            }
        }
    }

    private static func isNil(_ value: Any?) -> Bool {
        // A filter returns an optional of an optional.
        value.map { "\($0)" == "nil" } ?? true
    }

    /// Removes the tags that write text without tokens, or read other files.
    private static func removeTags(_ language: Extension) {
        for tag in ["filter", "now", "include", "extends", "block"] {
            language.registerTag(tag) { _, _ in throw TemplateSyntaxError("the tag {% \(tag) %} is not available") }
        }
    }

    private static func registerArithmetic(_ language: Extension) {
        func register(_ name: String, _ operation: @escaping (Int128, Int128) throws -> Int128?) {
            language.registerFilter(name) { (value: Any?, arguments: [Any?]) -> Any? in
                let left = try scalar(value, name)
                guard arguments.count == 1 else { throw TemplateSyntaxError("\(name) needs one number: |\(name):2") }
                let right = try scalar(arguments[0], name)
                guard let first = left.quantity, let second = right.quantity else {
                    let wrong = left.quantity == nil ? left : right
                    throw TemplateSyntaxError(
                        "\(name): '\(wrong.text)' is not a number or amount such as 2, 500m or 1.5Gi")
                }
                guard let result = try operation(first.billionths, second.billionths),
                    let amount = Quantity(billionths: result, isBinary: first.isBinary || second.isBinary)
                else { throw TemplateSyntaxError("\(name): the result is too large") }
                return TemplateScalar.amount(amount, asNumber: left.isNumber && right.isNumber)
            }
        }
        register("plus") { $0 + $1 }
        register("minus") { $0 - $1 }
        register("times") { first, second in
            let (product, overflow) = first.multipliedReportingOverflow(by: second)
            return overflow ? nil : Quantity.quotientUp(product, Quantity.unit)
        }
        register("divided_by") { first, second in
            guard second != 0 else { throw TemplateSyntaxError("divided_by: the number cannot be divided by 0") }
            let (product, overflow) = first.multipliedReportingOverflow(by: Quantity.unit)
            return overflow ? nil : Quantity.quotientUp(product, second)
        }
        register("at_least") { max($0, $1) }
        register("at_most") { min($0, $1) }
        language.registerFilter("round_up") { value in
            let number = try scalar(value, "round_up")
            guard let quantity = number.quantity, let whole = Quantity(billionths: quantity.roundedUp) else {
                throw TemplateSyntaxError("round_up: '\(number.text)' is not a number or amount")
            }
            return TemplateScalar.amount(whole, asNumber: true)
        }
    }

    /// Inserts spaces before each line but the first, for text within text: `|indent:4`.
    private static func indent(_ value: Any?, _ arguments: [Any?]) throws -> Any? {
        guard arguments.count == 1, let width = arguments[0] as? Int, (0...100).contains(width) else {
            throw TemplateSyntaxError("indent needs a number of spaces, 0 to 100: |indent:4")
        }
        return try scalar(value, "indent").text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n" + String(repeating: " ", count: width))
    }

    private static func scalar(_ value: Any?, _ filter: String) throws -> TemplateScalar {
        guard let scalar = TemplateScalar(value) else {
            throw TemplateSyntaxError("\(filter) needs a single value, found none; quote amounts: \"500m\"")
        }
        return scalar
    }

    /// A UUID of version 8 (RFC 9562, 5.8) from 122 bits of a SHA-256: the same text always gives the same UUID.
    private static func uuid(of text: String) -> String {
        var bytes = Array(SHA256.hash(text.utf8).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = Hexadecimal.encode(bytes)
        var rest = digits[...]
        return [8, 4, 4, 4, 12].map { count in
            defer { rest = rest.dropFirst(count) }
            return String(rest.prefix(count))
        }.joined(separator: "-")
    }
}

extension Quantity {
    /// Rounded up to a whole number of units, in billionths.
    fileprivate var roundedUp: Int128 { Quantity.quotientUp(billionths, Quantity.unit) * Quantity.unit }
}

/// A sequence of nodes.
private struct NodeSequence: NodeType {
    let nodes: [any NodeType]
    let token: Token?

    func render(_ context: Context) throws -> String {
        try renderNodes(nodes, context)
    }
}

/// The value of a `{{ … }}`.
enum TemplateScalar: Hashable {
    case text(String)
    case integer(Int)
    case decimal(Double)
    case boolean(Bool)

    /// Creates it; `nil` if the value is missing, a list, a mapping, NaN or infinite.
    init?(_ value: Any?) {
        switch value {
        case let text as String: self = .text(text)
        case let boolean as Bool: self = .boolean(boolean)
        case let integer as Int: self = .integer(integer)
        case let number as Double where number.isFinite: self = .decimal(number)
        // Literal numbers of a template.
        case let number as Float where number.isFinite: self = .decimal(Double("\(number)") ?? Double(number))
        default: return nil
        }
    }

    /// The value as part of a text.
    var text: String {
        switch self {
        case .text(let text): text
        case .integer(let integer): "\(integer)"
        case .decimal(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        case .boolean(let boolean): "\(boolean)"
        }
    }

    /// The value as an amount, for arithmetic; `nil` if it is not an amount.
    var quantity: Quantity? {
        switch self {
        case .text(let text): Quantity(text)
        case .integer(let integer): Quantity(whole: integer)
        case .decimal(let number): Quantity(billionths: Int128((number * 1e9).rounded()))
        case .boolean: nil
        }
    }

    /// Whether it is a number without a suffix.
    var isNumber: Bool {
        switch self {
        case .text(let text): text.last?.isNumber == true && quantity != nil
        case .integer, .decimal: true
        case .boolean: false
        }
    }

    /// A result: a number if it was calculated from numbers, else text in Kubernetes' notation.
    static func amount(_ quantity: Quantity, asNumber: Bool) -> Any {
        guard asNumber else { return quantity.description }
        return quantity.billionths % Quantity.unit == 0
            ? Int(quantity.billionths / Quantity.unit) : quantity.doubleValue
    }
}
