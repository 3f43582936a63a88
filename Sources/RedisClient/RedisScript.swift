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
