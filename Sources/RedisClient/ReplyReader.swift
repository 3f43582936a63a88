internal import CHiredis

/// Turns the bytes of a connection into replies: hiredis' reader, owned by one connection's thread.
struct ReplyReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>

    init() {
        guard let reader = redisReaderCreate() else { preconditionFailure("redisReaderCreate: out of memory") }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
    }

    /// Takes in bytes as they came.
    func feed(_ bytes: UnsafeRawBufferPointer) throws {
        guard redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == REDIS_OK
        else { throw failure() }
    }

    /// The next whole reply, or nil when more bytes are needed for it.
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
            message: "The server does not speak the Redis protocol (\(text)); check the address.")
    }
}
