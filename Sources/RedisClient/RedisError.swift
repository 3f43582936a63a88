/// The failure of a command or a connection.
public struct RedisError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure, for programs; the message is for readers.
    public enum Code: Sendable, Hashable {
        /// The URL or a setting is invalid.
        case configuration
        /// The host's name could not be resolved.
        case hostNotFound
        /// Nothing listens at the address.
        case connectionRefused
        /// The TLS handshake failed: one side does not trust the other, or they support no common version.
        case tls
        /// The server refused the user or the password, or requires them.
        case authentication
        /// The user lacks the permission; nothing was done.
        case permission
        /// The connection broke, or was closed, before the reply came: the command may have been carried out or not.
        case closed
        /// No reply came within the time limit: the command may have been carried out, or may still be.
        case timeout
        /// The server is loading its data, or is temporarily unavailable for another reason; nothing was done.
        case loading
        /// The server does not know the script (``RedisConnection/evaluate(_:_:)`` then sends it).
        case noScript
        /// The server is out of memory for writing commands (`maxmemory`); nothing was done.
        case outOfMemory
        /// The server cannot store its data on disk, and therefore refuses writing commands; nothing was done.
        case misconfigured
        /// The server is a read-only replica, or a master without the replicas that it must have. Nothing was done, and
        /// the connection reconnects, because another server may be the master now.
        case readOnly
        /// The key belongs to another node of a cluster; nothing was done.
        case moved
        /// The server replied with any other error; the message is the server's.
        case server
        /// The reply violates the protocol, or does not have the form that the command promises.
        case unexpectedReply
    }

    /// The kind of failure.
    public let code: Code
    /// The failure, its place, and the remedy; never contains a password.
    public let message: String

    /// Creates an error.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// Whether the same command may succeed a little later without a change by an operator.
    ///
    /// After ``Code/closed`` and ``Code/timeout`` the command may already have been carried out: send it again only if
    /// it is safe to repeat.
    public var isTransient: Bool {
        switch code {
        case .connectionRefused, .closed, .timeout, .loading, .readOnly, .hostNotFound: true
        default: false
        }
    }
}

extension RedisError {
    /// Creates the error for a reply of type error.
    static func reply(_ text: String) -> RedisError {
        let text = withoutArguments(text)
        let meaning = Meaning(word: word(of: text), text: text)
        return RedisError(
            code: meaning.code, message: "Redis replied: \(text)" + (meaning.advice.map { "; \($0)" } ?? ""))
    }

    /// The code of a server's error, and the remedy.
    private struct Meaning {
        let code: Code
        let advice: String?

        init(word: Substring, text: String) {
            (code, advice) =
                switch word {
                case "NOSCRIPT": (.noScript, nil)
                case "NOAUTH": (.authentication, "give a user and a password")
                case "WRONGPASS": (.authentication, "check the user and the password")
                case "NOPERM": (.permission, "grant this user the command and the keys (ACL SETUSER)")
                case "DENIED": (.permission, "set a password, or bind the server to an address (protected-mode)")
                case "LOADING", "MASTERDOWN", "TRYAGAIN", "BUSY": (.loading, nil)
                case "CLUSTERDOWN": (.loading, "see CLUSTER INFO on that server")
                case "OOM": (.outOfMemory, "raise maxmemory, or let consumers empty the queues")
                case "MISCONF":
                    (.misconfigured, "it cannot write its data to its disk: see its log, and free space there")
                case "READONLY", "UNBLOCKED":
                    (.readOnly, "it is a replica: a fail-over may be in progress; if not, give the master's address")
                case "WRONGTYPE": (.server, "another program has created or changed a key of this name")
                case "NOREPLICAS":
                    (.readOnly, "it has lost its replicas: a fail-over may be in progress; if not, restart them")
                case "MOVED":
                    (
                        .moved,
                        "it is a node of a cluster, and this key is on another node: give that node's address; all "
                            + "keys of one namespace are on one node"
                    )
                case "ASK":
                    (.moved, "the key is being moved to another node of a cluster: connect to that node afterwards")
                case _ where text.contains("max number of clients"):
                    (.connectionRefused, "raise maxclients, or close connections")
                default: (.server, nil)
                }
        }
    }

    /// The first word, which names the kind of error. Servers before 7.0 wrap the error of a command in a script into
    /// another error, which quotes it after a hyphen.
    private static func word(of text: String) -> Substring {
        let isWrapped = text.hasPrefix("ERR Error running script")
        let inner = isWrapped ? text.split(separator: ": -", maxSplits: 1).last! : text[...]
        return inner.prefix { $0 != " " }
    }

    /// The text without the arguments that servers quote if they do not know a command: they may be secrets.
    private static func withoutArguments(_ text: String) -> String {
        let mark = ", with args beginning with:"
        guard let start = text.firstRange(of: mark)?.lowerBound else { return text }
        return String(text[..<start])
    }
}
