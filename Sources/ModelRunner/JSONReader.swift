internal import Support

/// A strict reader of JSON (RFC 8259) for files that programs in any language wrote: it says at which line and column a
/// text stops being JSON, and knows what such programs usually get wrong.
struct JSONReader {
    /// Where and why a text is not JSON.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let line: Int
        let column: Int
        let reason: String

        var description: String { "line \(line), column \(column): \(reason)" }
    }

    /// The deepest nesting that is read.
    private static let depthLimit = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that `bytes` spell.
    static func read(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.problem("something follows the value") }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func problem(_ reason: String, at place: Int? = nil) -> Problem {
        let before = bytes[..<(place ?? position)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return Problem(line: line, column: before.count - start + 1, reason: reason)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (byte >= 0x09 && byte <= 0x0A) || byte == 0x0D { position += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(Problem) -> JSONValue {
        skipSpace()
        switch next {
        case nil: throw problem("the text ends where a value should be")
        case UInt8(ascii: "{"): return try nested { (reader: inout JSONReader) throws(Problem) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader: inout JSONReader) throws(Problem) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(Problem) -> JSONValue
    ) throws(Problem) -> JSONValue {
        guard depth < Self.depthLimit else { throw problem("nested deeper than \(Self.depthLimit) levels") }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return try read(&self)
    }

    private mutating func object() throws(Problem) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipSpace()
        if skip("}") { return .object(members) }
        while true {
            skipSpace()
            let place = position
            guard next == UInt8(ascii: "\"") else { throw problem("a name in double quotes should be here") }
            let name = try string()
            guard members[name] == nil else { throw problem("\(JSONText.quoted(name)) is there twice", at: place) }
            skipSpace()
            guard skip(":") else { throw problem("a colon should be here") }
            members[name] = try value()
            skipSpace()
            if skip("}") { return .object(members) }
            guard skip(",") else { throw problem("a comma or a closing brace should be here") }
        }
    }

    private mutating func array() throws(Problem) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if skip("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if skip("]") { return .array(elements) }
            guard skip(",") else { throw problem("a comma or a closing bracket should be here") }
        }
    }

    /// A number, or one of the three words.
    private mutating func word() throws(Problem) -> JSONValue {
        let start = position
        while let byte = next, !" \t\n\r,:]}\"[{".utf8.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch text {
        case "null": return .null
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default: break
        }
        guard InputText.isNumber(text) else { throw problem(Self.complaint(about: text), at: start) }
        guard let number = Double(text), number.isFinite else { throw problem("\(text) is too large", at: start) }
        return .number(number)
    }

    private static func complaint(about text: String) -> String {
        if text.isEmpty { return "a value should be here" }
        let shown = text.count <= 40 ? text : text.prefix(40) + "…"
        let bare = text.lowercased().trimmingPrefix { $0 == "-" || $0 == "+" }
        if bare.hasPrefix("nan") || bare.hasPrefix("inf") {
            return "\(shown) is no number in JSON; null stands for a number that a run does not have"
        }
        if bare.first?.isNumber == true || bare.first == "." {
            return "\(shown) is no number in JSON, which are written like -287.5 or 5.36E-102"
        }
        return "\(shown) is neither a number nor true, false or null"
    }

    private mutating func string() throws(Problem) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw problem("the text is not UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"): text += try escape().utf8
            case ..<0x20: throw problem("a control character in a text has to be written as an escape")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw problem("the text that begins here does not end", at: start)
    }

    private mutating func escape() throws(Problem) -> String {
        let start = position
        position += 2
        switch position <= bytes.count ? bytes[position - 1] : 0 {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(from: start)
        default: throw problem("there is no such escape", at: start)
        }
    }

    /// The character of `\u0041`, or of a surrogate pair `\ud83c\udf0d`.
    private mutating func unicodeEscape(from start: Int) throws(Problem) -> String {
        guard var unit = codeUnit() else { throw problem("four hexadecimal digits should follow \\u", at: start) }
        if unit >= 0xD800, unit < 0xDC00, skip("\\"), skip("u"), let low = codeUnit(), low >= 0xDC00, low < 0xE000 {
            unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw problem("half of a surrogate pair is missing", at: start) }
        return String(Character(scalar))
    }

    private mutating func codeUnit() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for byte in bytes[position..<(position + 4)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        position += 4
        return unit
    }
}

/// A value in a JSON text.
indirect enum JSONValue: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}
