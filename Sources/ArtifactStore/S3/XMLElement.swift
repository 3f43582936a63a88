/// An element of the small XML documents of S3 and STS: its name, text and child elements.
///
/// Attributes, comments and name spaces are skipped. Document types, which these services do not send, are rejected.
struct XMLElement: Sendable, Hashable {
    let name: String
    /// The text outside of the child elements.
    private(set) var text = ""
    private(set) var children: [XMLElement] = []

    /// The first child element of a name.
    subscript(name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    /// All child elements of a name.
    func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }

    private init(name: String) {
        self.name = name
    }

    /// Reads a document; `nil` if it is not well-formed or is nested more than 20 levels deep.
    init?(_ bytes: [UInt8]) {
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        var open: [XMLElement] = []
        while let start = rest.firstIndex(of: "<") {
            let text = rest[..<start]
            if !open.isEmpty {
                guard let decoded = Self.decode(text) else { return nil }
                open[open.count - 1].text += decoded
            } else if text.contains(where: { !$0.isWhitespace && $0 != "\u{FEFF}" }) {
                return nil
            }
            rest = rest[rest.index(after: start)...]
            if rest.hasPrefix("!--") {
                guard let end = rest.firstRange(of: "-->") else { return nil }
                rest = rest[end.upperBound...]
                continue
            }
            guard !rest.hasPrefix("!"), let end = rest.firstIndex(of: ">") else { return nil }
            let tag = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("?") { continue }
            var closed: XMLElement?
            if tag.hasPrefix("/") {
                closed = open.popLast()
                guard closed?.name == Self.name(of: tag.dropFirst()) else { return nil }
            } else {
                let element = XMLElement(name: Self.name(of: tag))
                guard !element.name.isEmpty, open.count < 20 else { return nil }
                if tag.hasSuffix("/") { closed = element } else { open.append(element) }
            }
            guard let closed else { continue }
            if open.isEmpty {
                guard rest.allSatisfy(\.isWhitespace) else { return nil }
                self = closed
                return
            }
            open[open.count - 1].children.append(closed)
        }
        return nil
    }

    private static func name(of tag: Substring) -> String {
        let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
        return String(name.split(separator: ":").last ?? "")
    }

    private static let entities: [Substring: String] = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]

    private static func decode(_ text: Substring) -> String? {
        guard text.contains("&") else { return String(text) }
        var decoded = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            decoded += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let end = rest.firstIndex(of: ";") else { return nil }
            let name = rest[..<end]
            if let character = entities[name] {
                decoded += character
            } else {
                let isHexadecimal = name.hasPrefix("#x")
                guard name.hasPrefix("#"),
                    let number = UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
                    let scalar = Unicode.Scalar(number)
                else { return nil }
                decoded.unicodeScalars.append(scalar)
            }
            rest = rest[rest.index(after: end)...]
        }
        return decoded + rest
    }

    /// Returns the text escaped for the inside of an element.
    static func encode(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
