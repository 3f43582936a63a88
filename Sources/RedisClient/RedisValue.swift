internal import CHiredis

/// A reply of the server.
public enum RedisValue: Sendable, Equatable {
    /// The absence of a value.
    case null
    /// A whole number.
    case integer(Int64)
    /// A status such as `OK`.
    case status(String)
    /// Any bytes.
    case bytes([UInt8])
    /// A list of replies.
    case array([RedisValue])
    /// An error inside an array. A reply that is an error as a whole is thrown instead.
    case error(String)

    /// The text of a status, or of bytes that are UTF-8; otherwise `nil`.
    public var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The number, also if it is a text of decimal digits; otherwise `nil`.
    public var number: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .bytes, .status: text.flatMap { Int($0) }
        default: nil
        }
    }

    /// The bytes; `nil` for other types.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The elements of an array; `nil` for other types.
    public var elements: [RedisValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

/// Parses the bytes of a connection into replies with hiredis' reader. The connection's thread owns it.
struct ReplyReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() {
        guard let reader = redisReaderCreate() else { preconditionFailure("redisReaderCreate: out of memory") }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Adds received bytes.
    func feed(_ bytes: UnsafeRawBufferPointer) throws {
        guard redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
        else { throw failure() }
    }

    /// Returns the next complete reply; `nil` if it needs more bytes.
    func next() throws -> RedisValue? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw failure() }
        guard let reply else { return nil }
        defer { freeReplyObject(reply) }
        return Self.value(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    private static func value(_ reply: redisReply) -> RedisValue {
        switch reply.type {
        case REDIS_REPLY_INTEGER: .integer(reply.integer)
        case REDIS_REPLY_STRING: .bytes(Array(contents(reply)))
        case REDIS_REPLY_STATUS: .status(String(decoding: contents(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: .error(String(decoding: contents(reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            .array(UnsafeBufferPointer(start: reply.element, count: reply.elements).map { value($0!.pointee) })
        default: .null
        }
    }

    private static func contents(_ reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: reply.len)
    }

    private func failure() -> RedisError {
        let text = withUnsafeBytes(of: &reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(
            code: .unexpectedReply,
            message: "the server does not speak the Redis protocol (\(text)); check the address")
    }
}
