/// A command as it travels: a number of arguments, each of any bytes. Nothing in an argument can be taken for anything else.
public struct RedisCommand: Sendable {
    /// How many arguments there are, the command's name included.
    public private(set) var count: Int
    /// Encoded arguments that come before all others, shared by many commands; apart from `body`, so that a long body is
    /// not copied once more.
    private let head: [UInt8]
    /// An argument between `head` and `body`: of a script's run the number of its keys.
    private let keyCount: Int?
    private var body: [UInt8]

    /// A command without arguments yet.
    public init() {
        count = 0
        head = []
        keyCount = nil
        body = []
    }

    /// A command of words.
    public init(_ words: String...) {
        self.init()
        for word in words { append(word) }
    }

    /// The run of a script: the arguments of `head`, the number of the keys, and those of the invocation.
    init(head: RedisCommand, invocation: RedisInvocation) {
        count = head.count + 1 + invocation.body.count
        self.head = head.body
        keyCount = invocation.keyCount
        body = invocation.body.body
    }

    /// Makes room for `bytes` more bytes of encoded arguments.
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

    /// Adds a number in decimal digits, with zeros before it when it has fewer than `digits`.
    public mutating func append(_ argument: UInt64, digits: Int = 1) {
        let length = max(digits, Self.digitCount(of: argument))
        appendLength(length)
        Self.appendDigits(of: argument, count: length, to: &body)
        endArgument()
    }

    /// Appends the command as the protocol wants it.
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
