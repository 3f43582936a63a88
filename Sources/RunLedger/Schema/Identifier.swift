/// A name of a table or of a column that was found fit to stand in a statement. It is always back-quoted there.
struct Identifier: Hashable, Sendable {
    let text: String

    /// The longest name, in characters, that the server accepts.
    static let longest = 64

    /// Accepts ASCII letters, digits and underscores, not beginning with a digit.
    ///
    /// - Throws: ``LedgerError`` with code `invalidName` that says what of `role` (such as “table”) is wrong.
    init(_ text: String, as role: String) throws {
        let bytes = text.utf8
        guard let first = bytes.first, Self.isLetter(first) || first == UInt8(ascii: "_"),
            bytes.count <= Self.longest,
            bytes.allSatisfy({ Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "_") })
        else {
            throw LedgerError(
                .invalidName,
                "“\(text.prefix(Self.longest))” cannot be the name of a \(role): use 1 to \(Self.longest) ASCII"
                    + " letters, digits and underscores, a digit not first.")
        }
        self.text = text
    }

    /// Makes a name of a text that is written in this library's own source.
    init(fixed text: StaticString) { self.text = text.description }

    /// Takes a name that was found fit before, as those of a ``RunTable`` are.
    ///
    /// - Precondition: it is fit.
    init(checked text: String) {
        guard let identifier = try? Identifier(text, as: "column") else {
            preconditionFailure("the name “\(text)” was not checked")
        }
        self = identifier
    }

    /// The name of a database, which may hold hyphens too.
    ///
    /// - Precondition: ``isDatabaseName(_:)``.
    init(database text: String) {
        precondition(Self.isDatabaseName(text), "the configuration checks the name of its database")
        self.text = text
    }

    static func isDatabaseName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longest
            && text.utf8.allSatisfy {
                isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
