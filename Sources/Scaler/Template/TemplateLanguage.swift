internal import ExplorationFile
internal import Stencil
internal import Support

/// What a template may say beyond Stencil's own `if`, `for` and filters.
enum TemplateLanguage {
    /// Begins every template; see ``marksValues(_:_:)``.
    static let opening = "{% document %}"

    /// - Parameters:
    ///   - places: where the values of `{{ … }}` go.
    ///   - seed: what identifiers are derived from.
    static func environment(_ places: ValuePlaces, seed: String) -> Environment {
        let language = Extension()
        marksValues(language, places)
        refuseTags(language)
        registerArithmetic(language)
        language.registerFilter("quote") { value in try scalar(value, "quote").text }
        language.registerFilter("uuid") { value in uuid(of: "\(seed)\n\(try scalar(value, "uuid").text)") }
        language.registerFilter("indent", filter: indent)
        return Environment(extensions: [language])
    }

    /// Makes every `{{ … }}` leave a mark in the text instead of its value.
    ///
    /// Stencil knows no escaping of its own. The tag `document` stands before the template, takes all that is left of it,
    /// and puts it back with a tag `emit` in the place of each `{{ … }}`, whose work it does with the same expressions.
    private static func marksValues(_ language: Extension, _ places: ValuePlaces) {
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
            guard !words.isEmpty else { throw TemplateSyntaxError("{{ }} names no variable") }
            guard !words.contains("if") else {
                throw TemplateSyntaxError("write {% if … %} around {{ … }} instead of an if in it")
            }
            let text = words.joined(separator: " ")
            let expression = try parser.compileFilter(text, containedIn: token)
            return SimpleNode(token: token) { context in
                let value = try expression.resolve(context)
                if let scalar = TemplateScalar(value) { return places.mark(for: scalar) }
                throw TemplateSyntaxError(
                    value == nil || isNil(value)
                        ? "{{ \(text) }} has no value; |default:\"…\" gives it one"
                        : "{{ \(text) }} is no single value; {% for %} goes through a list")
            }
        }
    }

    private static func isNil(_ value: Any?) -> Bool {
        // A filter answers an optional of an optional.
        value.map { "\($0)" == "nil" } ?? true
    }

    /// What writes text past the marks, or reads other files.
    private static func refuseTags(_ language: Extension) {
        for tag in ["filter", "now", "include", "extends", "block"] {
            language.registerTag(tag) { _, _ in throw TemplateSyntaxError("there is no tag {% \(tag) %} here") }
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
                        "\(name): '\(wrong.text)' is no number or amount such as 2, 500m or 1.5Gi")
                }
                guard let result = try operation(first.billionths, second.billionths),
                    let amount = Quantity(billionths: result, isBinary: first.isBinary || second.isBinary)
                else { throw TemplateSyntaxError("\(name): the result is too great") }
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
            guard second != 0 else { throw TemplateSyntaxError("divided_by: nothing can be divided by 0") }
            let (product, overflow) = first.multipliedReportingOverflow(by: Quantity.unit)
            return overflow ? nil : Quantity.quotientUp(product, second)
        }
        register("at_least") { max($0, $1) }
        register("at_most") { min($0, $1) }
        language.registerFilter("round_up") { value in
            let number = try scalar(value, "round_up")
            guard let quantity = number.quantity, let whole = Quantity(billionths: quantity.roundedUp) else {
                throw TemplateSyntaxError("round_up: '\(number.text)' is no number or amount")
            }
            return TemplateScalar.amount(whole, asNumber: true)
        }
    }

    /// `|indent:4`: so many spaces before each line but the first, for text within text.
    private static func indent(_ value: Any?, _ arguments: [Any?]) throws -> Any? {
        guard arguments.count == 1, let width = arguments[0] as? Int, (0...100).contains(width) else {
            throw TemplateSyntaxError("indent needs a number of spaces, 0 to 100: |indent:4")
        }
        return try scalar(value, "indent").text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\n" + String(repeating: " ", count: width))
    }

    private static func scalar(_ value: Any?, _ filter: String) throws -> TemplateScalar {
        guard let scalar = TemplateScalar(value) else {
            throw TemplateSyntaxError("\(filter) needs a single value, and there is none; quote amounts: \"500m\"")
        }
        return scalar
    }

    /// A UUID of version 8 (RFC 9562, 5.8): 122 bits of a SHA-256, so that the same gives the same.
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
    /// In billionths, up to a whole number of units.
    fileprivate var roundedUp: Int128 { Quantity.quotientUp(billionths, Quantity.unit) * Quantity.unit }
}

/// Nodes one after the other.
private struct NodeSequence: NodeType {
    let nodes: [any NodeType]
    let token: Token?

    func render(_ context: Context) throws -> String {
        try renderNodes(nodes, context)
    }
}
