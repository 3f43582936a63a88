/// A command as it travels: a number of arguments, each of any bytes. Nothing in an argument can be taken for anything else.
public struct RedisCommand: Sendable {
    /// How many arguments there are, the command's name included.
    public private(set) var count: Int
    /// Encoded arguments that come before `body`; apart from it, so that a long shared body is not copied once more.
    private let head: [UInt8]
    private var body: [UInt8]

    /// A command without arguments yet.
    public init() {
        count = 0
        head = []
        body = []
    }

    /// A command of words.
    public init(_ words: String...) {
        self.init()
        for word in words { append(word) }
    }

    /// `head`, followed by the arguments of `tail`.
    init(head: RedisCommand, tail: RedisCommand) {
        count = head.count + tail.count
        self.head = head.head + head.body
        body = tail.head.isEmpty ? tail.body : tail.head + tail.body
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
        let magnitude = UInt64(argument.magnitude)
        appendLength(Self.digitCount(of: magnitude) + (argument < 0 ? 1 : 0))
        if argument < 0 { body.append(UInt8(ascii: "-")) }
        Self.appendDigits(of: magnitude, to: &body)
        endArgument()
    }

    /// Adds a number in decimal digits, with zeros before it when it has fewer than `digits`.
    public mutating func append(_ argument: UInt64, digits: Int = 1) {
        let zeros = max(0, digits - Self.digitCount(of: argument))
        appendLength(zeros + Self.digitCount(of: argument))
        for _ in 0..<zeros { body.append(UInt8(ascii: "0")) }
        Self.appendDigits(of: argument, to: &body)
        endArgument()
    }

    /// Appends the command as the protocol wants it.
    func encode(into buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "*"))
        Self.appendDigits(of: UInt64(count), to: &buffer)
        buffer.append(UInt8(ascii: "\r"))
        buffer.append(UInt8(ascii: "\n"))
        buffer.append(contentsOf: head)
        buffer.append(contentsOf: body)
    }

    private mutating func appendLength(_ length: Int) {
        body.append(UInt8(ascii: "$"))
        Self.appendDigits(of: UInt64(length), to: &body)
        body.append(UInt8(ascii: "\r"))
        body.append(UInt8(ascii: "\n"))
    }

    private mutating func endArgument() {
        body.append(UInt8(ascii: "\r"))
        body.append(UInt8(ascii: "\n"))
        count += 1
    }

    private static func digitCount(of number: UInt64) -> Int {
        var count = 1
        var rest = number / 10
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    private static func appendDigits(of number: UInt64, to buffer: inout [UInt8]) {
        let start = buffer.count
        var rest = number
        repeat {
            buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        buffer[start...].reverse()
    }
}
