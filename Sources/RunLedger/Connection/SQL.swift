/// The text of a statement.
///
/// It is written as a literal. All that can be interpolated into it is a validated name, another statement's text, a
/// number or a quoted text, so that a value that comes from outside cannot become part of a statement by mistake:
/// `"\(someString)"` does not compile.
struct SQL: Hashable, ExpressibleByStringInterpolation {
    let text: String

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Takes a text as it is. For the statements of migrations, and for a person's own query, which is run in a
    /// session of its own that can only read.
    init(unchecked text: String) { self.text = text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text: String

        init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ name: Identifier) { text += "`\(name.text)`" }

        mutating func appendInterpolation(_ part: SQL) { text += part.text }

        mutating func appendInterpolation(_ parts: [SQL], separator: SQL = ", ") {
            text += parts.map(\.text).joined(separator: separator.text)
        }

        mutating func appendInterpolation(_ number: Int) { text += String(number) }

        mutating func appendInterpolation(_ quoted: QuotedText) { text += quoted.literal }
    }
}

/// A text as a literal of SQL, escaped by the client library for the session that it is used in. Only for the places
/// of a statement where the server allows no parameter: the comments of a table's columns.
struct QuotedText {
    let literal: String
}
