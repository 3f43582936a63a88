/// The keys and arguments of one run of a script.
///
/// Values are cheap to copy: encode the keys once, then append each run's arguments to a copy.
public struct RedisInvocation: Sendable {
    /// How many keys there are.
    public private(set) var keyCount = 0
    private(set) var body = RedisCommand()

    /// A run that touches `keys` and has no arguments yet.
    public init(keys: [String]) {
        for key in keys { appendKey(key) }
    }

    /// Adds a key; only before the first argument.
    public mutating func appendKey(_ key: String) {
        precondition(body.count == keyCount, "keys come before arguments")
        body.append(key)
        keyCount += 1
    }

    /// Makes room for `bytes` more bytes of encoded arguments.
    public mutating func reserve(_ bytes: Int) { body.reserve(bytes) }

    /// Adds an argument of any bytes.
    public mutating func append(_ argument: [UInt8]) { body.append(argument) }

    /// Adds an argument of text.
    public mutating func append(_ argument: String) { body.append(argument) }

    /// Adds a number in decimal digits.
    public mutating func append(_ argument: Int) { body.append(argument) }

    /// Adds a number in decimal digits, with zeros before it when it has fewer than `digits`.
    public mutating func append(_ argument: UInt64, digits: Int = 1) { body.append(argument, digits: digits) }
}
