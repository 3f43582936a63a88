internal import Synchronization

/// A Lua script that the server keeps after its first use and runs by its digest.
public final class RedisScript: Sendable {
    /// The script's text.
    public let source: [UInt8]

    // The server's own digest, as SCRIPT LOAD answered it.
    private let digest = Mutex<String?>(nil)

    /// Makes a script of its text.
    public init(_ source: [UInt8]) {
        self.source = source
    }

    var knownDigest: String? {
        get { digest.withLock { $0 } }
        set { digest.withLock { $0 = newValue } }
    }
}

/// The keys and arguments of one run of a script.
///
/// Values are cheap to copy: encode the keys once, then append each run's arguments to a copy.
public struct RedisInvocation: Sendable {
    /// How many keys there are.
    public let keyCount: Int
    private(set) var body: RedisCommand

    /// A run that touches `keys` and has no arguments yet.
    public init(keys: [String]) {
        keyCount = keys.count
        body = RedisCommand()
        for key in keys { body.append(key) }
    }

    /// Makes room for `bytes` more bytes of encoded arguments.
    public mutating func reserve(_ bytes: Int) { body.reserve(bytes) }

    /// Adds an argument of any bytes.
    public mutating func append(_ argument: [UInt8]) { body.append(argument) }

    /// Adds an argument of text.
    public mutating func append(_ argument: String) { body.append(argument) }

    /// Adds a number in decimal digits.
    public mutating func append(_ argument: Int) { body.append(argument) }

    /// Adds a number in decimal digits.
    public mutating func append(_ argument: UInt64) { body.append(argument) }
}
