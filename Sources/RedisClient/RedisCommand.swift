internal import Synchronization

/// A command: a list of arguments, each of any bytes.
///
/// Arguments are sent with their lengths, so that no byte in them can be taken for syntax.
public struct RedisCommand: Sendable {
    /// The number of arguments, the command's name included.
    public private(set) var count: Int
    /// The first arguments, encoded, which many commands share. They are separate from `body`, so that a long body is
    /// not copied once more.
    private let head: [UInt8]
    /// The number of keys of a script call: an argument between `head` and `body`.
    private let keyCount: Int?
    private var body: [UInt8]

    /// Creates a command without arguments.
    public init() {
        count = 0
        head = []
        keyCount = nil
        body = []
    }

    /// Creates a command of words.
    public init(_ words: String...) {
        self.init()
        for word in words { append(word) }
    }

    /// Creates a script call: the arguments of `head`, the number of keys, and the arguments of the invocation.
    init(head: RedisCommand, invocation: RedisInvocation) {
        count = head.count + 1 + invocation.body.count
        self.head = head.body
        keyCount = invocation.keyCount
        body = invocation.body.body
    }

    /// Reserves memory for `bytes` more bytes of encoded arguments.
    public mutating func reserve(_ bytes: Int) {
        body.reserveCapacity(body.count + bytes)
    }

    /// Adds an argument of any bytes.
    public mutating func append(_ argument: [UInt8]) {
        appendLength(argument.count)
        body.append(contentsOf: argument)
        endArgument()
    }

    /// Adds an argument of text.
    public mutating func append(_ argument: String) {
        var argument = argument
        argument.withUTF8 { utf8 in
            appendLength(utf8.count)
            body.append(contentsOf: utf8)
        }
        endArgument()
    }

    /// Adds a number in decimal digits.
    public mutating func append(_ argument: Int) {
        Self.append(argument, to: &body)
        count += 1
    }

    /// Adds a number in decimal digits, padded with zeros to `digits` digits.
    public mutating func append(_ argument: UInt64, digits: Int = 1) {
        let length = max(digits, Self.digitCount(of: argument))
        appendLength(length)
        Self.appendDigits(of: argument, count: length, to: &body)
        endArgument()
    }

    /// Appends the command in the format of the Redis protocol.
    func encode(into buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "*"))
        Self.appendDigits(of: UInt64(count), count: Self.digitCount(of: UInt64(count)), to: &buffer)
        Self.endLine(&buffer)
        buffer.append(contentsOf: head)
        if let keyCount { Self.append(keyCount, to: &buffer) }
        buffer.append(contentsOf: body)
    }

    private mutating func appendLength(_ length: Int) {
        Self.appendLength(length, to: &body)
    }

    private mutating func endArgument() {
        Self.endLine(&body)
        count += 1
    }

    private static func append(_ argument: Int, to buffer: inout [UInt8]) {
        let magnitude = UInt64(argument.magnitude)
        let digits = digitCount(of: magnitude)
        appendLength(digits + (argument < 0 ? 1 : 0), to: &buffer)
        if argument < 0 { buffer.append(UInt8(ascii: "-")) }
        appendDigits(of: magnitude, count: digits, to: &buffer)
        endLine(&buffer)
    }

    private static func appendLength(_ length: Int, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "$"))
        appendDigits(of: UInt64(length), count: digitCount(of: UInt64(length)), to: &buffer)
        endLine(&buffer)
    }

    private static func endLine(_ buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\r"))
        buffer.append(UInt8(ascii: "\n"))
    }

    private static func digitCount(of number: UInt64) -> Int {
        var count = 1
        var rest = number
        while rest >= 10 {
            count += 1
            rest /= 10
        }
        return count
    }

    /// Appends the last `count` digits of a number.
    private static func appendDigits(of number: UInt64, count: Int, to buffer: inout [UInt8]) {
        var place = buffer.count + count
        for _ in 0..<count { buffer.append(0) }
        var rest = number
        while place > buffer.count - count {
            place -= 1
            buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

/// The keys and arguments of one script call.
///
/// Values are cheap to copy: encode the keys once, then append each call's arguments to a copy.
public struct RedisInvocation: Sendable {
    /// The number of keys.
    public private(set) var keyCount = 0
    private(set) var body = RedisCommand()

    /// Creates a call with `keys` and without arguments.
    public init(keys: [String]) {
        for key in keys { appendKey(key) }
    }

    /// Adds a key; allowed only before the first argument.
    public mutating func appendKey(_ key: String) {
        precondition(body.count == keyCount, "keys come before arguments")
        body.append(key)
        keyCount += 1
    }

    /// Reserves memory for `bytes` more bytes of encoded arguments.
    public mutating func reserve(_ bytes: Int) { body.reserve(bytes) }

    /// Adds an argument of any bytes.
    public mutating func append(_ argument: [UInt8]) { body.append(argument) }

    /// Adds an argument of text.
    public mutating func append(_ argument: String) { body.append(argument) }

    /// Adds a number in decimal digits.
    public mutating func append(_ argument: Int) { body.append(argument) }

    /// Adds a number in decimal digits, padded with zeros to `digits` digits.
    public mutating func append(_ argument: UInt64, digits: Int = 1) { body.append(argument, digits: digits) }
}

/// A Lua script, which the server stores after the first call and then runs by its digest.
public final class RedisScript: Sendable {
    /// The script's text.
    public let source: [UInt8]

    /// EVALSHA and the digest that SCRIPT LOAD returned.
    private let call = Mutex<RedisCommand?>(nil)

    /// Creates a script from its text.
    public init(_ source: [UInt8]) {
        self.source = source
    }

    /// The first arguments of every call; `nil` before the digest is known.
    var knownCall: RedisCommand? { call.withLock { $0 } }

    /// Stores the digest that the server returned.
    /// - Returns: the first arguments of every call.
    func setDigest(_ digest: String) -> RedisCommand {
        let command = RedisCommand("EVALSHA", digest)
        call.withLock { $0 = command }
        return command
    }
}
