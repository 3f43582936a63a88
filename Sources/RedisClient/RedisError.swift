/// What went wrong with a command or a connection.
public struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, to decide upon; the message is for people.
    public enum Code: Sendable, Hashable {
        /// The URL or a setting makes no sense, or is not supported by this build.
        case configuration
        /// The host's name could not be resolved.
        case hostNotFound
        /// Nothing listens at the address.
        case connectionRefused
        /// No connection under TLS came about: one of the two sides does not trust the other, or they do not understand
        /// each other.
        case tls
        /// The server refused the user, the password or the lack of them.
        case authentication
        /// The server refuses this to this user; nothing was done.
        case permission
        /// The connection broke, or was closed, before the reply came: the command may have been carried out or not.
        case closed
        /// No reply came in time: the command may have been carried out or not, or still will be.
        case timeout
        /// The server is still loading its data, or stops serving for the moment; nothing was done.
        case loading
        /// The server does not know the script (answered anew by ``RedisConnection/evaluate(_:_:)``).
        case noScript
        /// The server is out of memory for writing commands (`maxmemory`); nothing was done.
        case outOfMemory
        /// The server cannot keep what it is given, and therefore takes no writing command; nothing was done.
        case misconfigured
        /// The server is a read-only replica, or a master without the replicas that it must have; nothing was done, and the
        /// connection is made anew, for another server may be the master now.
        case readOnly
        /// The key belongs to another node of a cluster; nothing was done.
        case moved
        /// The server answered with any other error; the message is the server's.
        case server
        /// What came back is not what Redis would say, or not what the command promises.
        case unexpectedReply
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: what was wrong, where, what to do. Never holds a password.
    public let message: String

    /// Makes an error.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// Whether the same command may succeed a little later without anybody changing anything.
    ///
    /// After ``Code/closed`` and ``Code/timeout`` the command may already have been carried out, so only one that is safe
    /// to repeat should be sent again.
    public var isTransient: Bool {
        switch code {
        case .connectionRefused, .closed, .timeout, .loading, .readOnly, .hostNotFound: true
        default: false
        }
    }
}
