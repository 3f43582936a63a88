/// The places in a rendered template where values belong.
///
/// While a template is rendered, nothing of a value is in the text: each `{{ … }}` leaves a mark there, two characters of
/// Unicode's private use around a number, which YAML takes for letters wherever they stand. The text is then parsed, and
/// only after that the values are put into the scalars that the marks are in. So the template alone decides what is a
/// key, a list, a document or a comment; a value can be anything and still is nothing but (a part of) a scalar.
final class ValuePlaces {
    static let open: Unicode.Scalar = "\u{E000}"
    static let close: Unicode.Scalar = "\u{E001}"

    /// A piece of a scalar of the template.
    enum Piece {
        case literal(String)
        case value(TemplateScalar)
    }

    private var values: [TemplateScalar] = []

    /// Whether a text has marks (or something like them) in it.
    static func areIn(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.contains { $0 == open || $0 == close }
    }

    /// The mark for one more value.
    func mark(for value: TemplateScalar) -> String {
        values.append(value)
        return "\(Self.open)\(values.count - 1)\(Self.close)"
    }

    /// What a scalar consists of. A value is looked at once: what looks like a mark in it is not one.
    func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        // Scalars and not characters: what follows a mark could combine with it.
        var rest = text.unicodeScalars[...]
        while let start = rest.firstIndex(of: Self.open), let end = rest[start...].firstIndex(of: Self.close) {
            if start > rest.startIndex { pieces.append(.literal(String(rest[..<start]))) }
            guard let number = Int(String(rest[rest.index(after: start)..<end])), values.indices.contains(number) else {
                preconditionFailure("a mark that was never given out: a template cannot hold any")
            }
            pieces.append(.value(values[number]))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.literal(String(rest))) }
        return pieces
    }

    /// A rendered text for a person, with `{{…}}` where values belong.
    package static func shown(_ text: some StringProtocol) -> String {
        var shown = String.UnicodeScalarView()
        var isInMark = false
        for scalar in text.unicodeScalars {
            if scalar == open {
                shown.append(contentsOf: "{{…}}".unicodeScalars)
                isInMark = true
            } else if scalar == close {
                isInMark = false
            } else if !isInMark {
                shown.append(scalar)
            }
        }
        return String(shown)
    }
}
