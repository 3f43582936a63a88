internal import Yams

/// Puts values into the scalars of a parsed template.
///
/// A scalar that is nothing but one value, without quotes, keeps the value's kind: `replicas: {{ pods }}` is a number.
/// Every other scalar with a value in it is a text, whatever it looks like then; texts are written in double quotes, so
/// that no reader takes `yes`, `1e3` or `null` for something else.
struct ValueSubstitution {
    let places: ValuePlaces

    /// - Throws: ``SubstitutionError``.
    func apply(_ node: Node) throws -> Node {
        switch node {
        case .scalar(let scalar): return try .scalar(apply(scalar))
        case .sequence(let sequence):
            try checkTag(sequence.tag)
            return .sequence(Node.Sequence(try sequence.map(apply), sequence.tag, sequence.style))
        case .mapping(let mapping):
            try checkTag(mapping.tag)
            let pairs = try mapping.map { (try apply($0.key), try apply($0.value)) }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style))
        case .alias:
            throw SubstitutionError(description: "an alias (*name) has no anchor")
        }
    }

    private func apply(_ scalar: Node.Scalar) throws -> Node.Scalar {
        try checkTag(scalar.tag)
        let pieces = places.pieces(of: scalar.string)
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
            throw SubstitutionError(
                description:
                    "a value has the character U+\(String(scalar.value, radix: 16, uppercase: true)) in it, which "
                    + "no text of a Kubernetes object can have")
        }
        return Node.Scalar(text, Tag(.str), .doubleQuoted)
    }

    /// Control characters other than tab and line ends, what is no character, and byte order marks, which readers drop.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x85: true
        case 0..<0x20, 0x7F..<0xA0, 0xFEFF, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    private func checkTag(_ tag: Tag) throws {
        guard !ValuePlaces.areIn(tag.description) else {
            throw SubstitutionError(description: "a value cannot be (a part of) a tag (!name)")
        }
    }
}

struct SubstitutionError: Error, CustomStringConvertible {
    let description: String
}
