internal import Synchronization

/// A Lua script that the server keeps after its first use and runs by its digest.
public final class RedisScript: Sendable {
    /// The script's text.
    public let source: [UInt8]

    // EVALSHA and the server's own digest, as SCRIPT LOAD answered it.
    private let call = Mutex<RedisCommand?>(nil)

    /// Makes a script of its text.
    public init(_ source: [UInt8]) {
        self.source = source
    }

    /// The beginning of every run, once the digest is known.
    var knownCall: RedisCommand? { call.withLock { $0 } }

    /// Keeps the digest that the server answered.
    /// - Returns: the beginning of every run.
    func learn(digest: String) -> RedisCommand {
        let command = RedisCommand("EVALSHA", digest)
        call.withLock { $0 = command }
        return command
    }
}
