internal import Support

/// A strict reader of JSON (RFC 8259) for files that programs in any language wrote. Its errors have line and column and
/// explain the usual mistakes of such programs.
struct JSONReader {
    /// The place and reason of an error.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let line: Int
        let column: Int
        let reason: String

        var description: String { "line \(line), column \(column): \(reason)" }
    }

    private static let maxDepth = 64

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the value in `bytes`.
    static func read(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.problem("unexpected text after the value") }
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
        case nil: throw problem("expected a value, found the end of the text")
        case UInt8(ascii: "{"): return try nested { (reader: inout JSONReader) throws(Problem) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader: inout JSONReader) throws(Problem) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(Problem) -> JSONValue
    ) throws(Problem) -> JSONValue {
        guard depth < Self.maxDepth else { throw problem("nested deeper than \(Self.maxDepth) levels") }
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
            guard next == UInt8(ascii: "\"") else { throw problem("expected a name in double quotes") }
            let name = try string()
            guard members[name] == nil else { throw problem("duplicate name \(JSONText.quoted(name))", at: place) }
            skipSpace()
            guard skip(":") else { throw problem("expected a colon") }
            members[name] = try value()
            skipSpace()
            if skip("}") { return .object(members) }
            guard skip(",") else { throw problem("expected a comma or a closing brace") }
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
            guard skip(",") else { throw problem("expected a comma or a closing bracket") }
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
        if text.isEmpty { return "expected a value" }
        let start = text.count <= 40 ? text : text.prefix(40) + "…"
        let bare = text.lowercased().trimmingPrefix { $0 == "-" || $0 == "+" }
        if bare.hasPrefix("nan") || bare.hasPrefix("inf") {
            return "\(start) is not a number in JSON; write null for a missing number"
        }
        if bare.first?.isNumber == true || bare.first == "." {
            return "\(start) is not a number in JSON; write numbers like -287.5 or 5.36E-102"
        }
        return "\(start) is not a number, true, false or null"
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
                    throw problem("the string is not UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"): text += try escape().utf8
            case ..<0x20: throw problem("control characters in a string must be escaped")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw problem("unterminated string", at: start)
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
        default: throw problem("invalid escape", at: start)
        }
    }

    /// The character of `\u0041`, or of a surrogate pair `\ud83c\udf0d`.
    private mutating func unicodeEscape(from start: Int) throws(Problem) -> String {
        guard var unit = codeUnit() else { throw problem("expected four hexadecimal digits after \\u", at: start) }
        if unit >= 0xD800, unit < 0xDC00, skip("\\"), skip("u"), let low = codeUnit(), low >= 0xDC00, low < 0xE000 {
            unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(unit) else { throw problem("incomplete surrogate pair", at: start) }
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
