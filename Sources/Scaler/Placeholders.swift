internal import Yams

/// The values of a rendered template, and the tokens that mark their places in its text.
///
/// While a template is rendered, the text contains no values: each `{{ … }}` leaves a token, two characters of Unicode's
/// private use area around a number, which YAML treats as letters everywhere. The text is then parsed, and only after that
/// the values replace the tokens in the scalars. So the template alone determines keys, lists, documents and comments; a
/// value is only ever (a part of) a scalar.
final class Placeholders {
    static let open: Unicode.Scalar = "\u{E000}"
    static let close: Unicode.Scalar = "\u{E001}"

    /// A piece of a scalar of the template.
    enum Piece {
        case literal(String)
        case value(TemplateScalar)
    }

    private var values: [TemplateScalar] = []

    /// Whether a text contains tokens or parts of tokens.
    static func contains(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.contains { $0 == open || $0 == close }
    }

    /// Adds a value and returns its token.
    func token(for value: TemplateScalar) -> String {
        values.append(value)
        return "\(Self.open)\(values.count - 1)\(Self.close)"
    }

    /// The pieces of a scalar. Values are not scanned, so a value cannot contain a token.
    func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        // Unicode scalars instead of characters: what follows a token could combine with it.
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(of: Self.open), let end = rest[start...].firstIndex(of: Self.close) {
            if start > rest.startIndex { pieces.append(.literal(String(rest[..<start]))) }
            guard let number = Int(String(rest[rest.index(after: start)..<end])), values.indices.contains(number) else {
                preconditionFailure("unknown token: a template cannot contain any")
            }
            pieces.append(.value(values[number]))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.literal(String(rest))) }
        return pieces
    }

    /// A rendered text for messages, with `{{…}}` instead of tokens.
    static func redacted(_ text: some StringProtocol) -> String {
        var redacted = String.UnicodeScalarView()
        var isInToken = false
        for scalar in text.unicodeScalars {
            if scalar == open {
                redacted.append(contentsOf: "{{…}}".unicodeScalars)
                isInToken = true
            } else if scalar == close {
                isInToken = false
            } else if !isInToken {
                redacted.append(scalar)
            }
        }
        return String(redacted)
    }
}

extension Placeholders {
    /// A parsed template with values instead of tokens.
    ///
    /// An unquoted scalar that consists of one value keeps the value's type: `replicas: {{ pods }}` is a number. Every
    /// other scalar that contains a value is text, regardless of its content. Text is written in double quotes, so that no
    /// reader takes `yes`, `1e3` or `null` for something else.
    ///
    /// - Throws: ``PlaceholderError``.
    func replaced(in node: Node) throws -> Node {
        switch node {
        case .scalar(let scalar): return try .scalar(replaced(in: scalar))
        case .sequence(let sequence):
            try Self.checkTag(sequence.tag)
            return .sequence(Node.Sequence(try sequence.map(replaced), sequence.tag, sequence.style))
        case .mapping(let mapping):
            try Self.checkTag(mapping.tag)
            let pairs = try mapping.map { (try replaced(in: $0.key), try replaced(in: $0.value)) }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
        case .alias:
            throw PlaceholderError(description: "an alias (*name) has no anchor")
        }
    }

    private func replaced(in scalar: Node.Scalar) throws -> Node.Scalar {
        try Self.checkTag(scalar.tag)
        let pieces = pieces(of: scalar.string)
        if case .literal(let text) = pieces[0], pieces.count == 1 { return Node.Scalar(text, scalar.tag, scalar.style) }
        if case .value(let value) = pieces[0], pieces.count == 1, scalar.style == .plain {
            switch value {
            case .integer, .decimal, .boolean: return Node.Scalar(value.text, .implicit, .plain)
            case .text: break
            }
        }
        let text = pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .value(let value): value.text
            }
        }.joined()
        if let scalar = text.unicodeScalars.first(where: { !Self.isAllowed($0) }) {
            throw PlaceholderError(
                description: "a value contains the character U+\(String(scalar.value, radix: 16, uppercase: true)), "
                    + "which Kubernetes objects cannot contain")
        }
        return Node.Scalar(text, Tag(.str), .doubleQuoted)
    }

    /// Excludes control characters other than tabs and line ends, noncharacters, and byte order marks, which readers drop.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x85: true
        case 0..<0x20, 0x7F..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    private static func checkTag(_ tag: Tag) throws {
        guard !contains(tag.description) else {
            throw PlaceholderError(description: "a value cannot be (a part of) a tag (!name)")
        }
    }
}

/// A value that cannot be inserted.
struct PlaceholderError: Error, CustomStringConvertible {
    let description: String
}
