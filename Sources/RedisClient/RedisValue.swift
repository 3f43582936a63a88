/// A reply of the server.
public enum RedisValue: Sendable, Equatable {
    /// The absence of a value.
    case null
    /// A whole number.
    case integer(Int64)
    /// A status such as `OK`.
    case status(String)
    /// Bytes, which may be anything.
    case bytes([UInt8])
    /// Replies in order.
    case array([RedisValue])
    /// An error inside of an array. A reply that is an error as a whole is thrown instead.
    case error(String)

    /// The text of a status or of bytes that are UTF-8, otherwise nil.
    public var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The number, also where it is spelled in decimal digits, otherwise nil.
    public var number: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .bytes, .status: text.flatMap { Int($0) }
        default: nil
        }
    }

    /// The bytes, otherwise nil.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The elements of an array, otherwise nil.
    public var elements: [RedisValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
