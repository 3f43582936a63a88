/// The text of a statement.
///
/// It is written as a literal. Only a validated name, another statement's text, a number or a quoted text can be
/// interpolated, so that a value from outside cannot become part of a statement by mistake: `"\(someString)"` does not
/// compile.
struct SQL: Hashable, ExpressibleByStringInterpolation {
    let text: String

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Takes a text without checks. For migrations, and for a user's query, which runs in a separate session that can
    /// only read.
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

/// A text as an SQL literal, escaped by the client library for the session that it is used in. Only for the places
/// where the server does not accept a parameter: the comments of a table's columns.
struct QuotedText {
    let literal: String
}

/// The validated name of a table or column. In a statement it is always back-quoted.
struct Identifier: Hashable, Sendable {
    let text: String

    /// The longest name that the server accepts, in characters.
    static let maxLength = 64

    /// Accepts ASCII letters, digits and underscores, not beginning with a digit.
    ///
    /// - Throws: ``LedgerError`` with code `invalidName` that names `role`, such as 'table'.
    init(_ text: String, as role: String) throws {
        let bytes = text.utf8
        guard let first = bytes.first, Self.isLetter(first) || first == UInt8(ascii: "_"),
            bytes.count <= Self.maxLength,
            bytes.allSatisfy({ Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "_") })
        else {
            throw LedgerError(
                .invalidName,
                "invalid name '\(text.prefix(Self.maxLength))' of a \(role): use 1 to \(Self.maxLength) ASCII letters,"
                    + " digits and underscores, not beginning with a digit")
        }
        self.text = text
    }

    /// Creates a name from a literal in this library's source.
    init(fixed text: StaticString) { self.text = text.description }

    /// Takes a name that was validated before, such as those of a ``RunTable``.
    ///
    /// - Precondition: it is valid.
    init(checked text: String) {
        guard let identifier = try? Identifier(text, as: "column") else {
            preconditionFailure("the name '\(text)' was not checked")
        }
        self = identifier
    }

    /// The name of a database, which may also contain hyphens.
    ///
    /// - Precondition: ``isDatabaseName(_:)``.
    init(database text: String) {
        precondition(Self.isDatabaseName(text), "the configuration checks the name of its database")
        self.text = text
    }

    static func isDatabaseName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maxLength
            && text.utf8.allSatisfy {
                isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
