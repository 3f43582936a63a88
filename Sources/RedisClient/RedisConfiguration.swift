/// Where a Redis server is and how to talk to it.
public struct RedisConfiguration: Sendable, Hashable, CustomStringConvertible {
    /// Where a server listens.
    public enum Address: Sendable, Hashable {
        /// A host's name or number, and a TCP port.
        case tcp(host: String, port: UInt16)
        /// The path of a Unix socket.
        case unixSocket(path: String)
    }

    /// Where the server listens.
    public var address: Address
    /// The user of the server's access lists; nil is the default user.
    public var user: String?
    /// The password; nil when the server wants none.
    public var password: String?
    /// The number of the database.
    public var database: Int
    /// How long making a connection may take, the server's loading of its data included. 5 seconds by default.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a command may take, from its sending (or from being queued while there is no connection) to its reply.
    /// 10 seconds by default. A time-out is noticed up to a quarter of this late.
    public var commandTimeout: Duration = .seconds(10)

    /// A server at an address.
    public init(address: Address, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.address = address
        self.user = user
        self.password = password
        self.database = database
    }

    /// Reads `redis://[user[:password]@]host[:port][/database]` or `unix://[user[:password]@]/path/of.sock[?db=number]`.
    ///
    /// The port is 6379 and the database 0 when they are not given. `%XX` stands for any byte in the user, the password
    /// and the path. `redis://:password@host` gives a password to the default user.
    /// - Throws: ``RedisError`` with the code ``RedisError/Code/configuration``.
    public init(url: String) throws {
        self = try RedisURL.parse(url)
    }

    /// The address as a URL, without the password.
    public var description: String {
        let userPart = user.map { "\($0)@" } ?? ""
        switch address {
        case .tcp(let host, let port):
            let shownHost = host.contains(":") ? "[\(host)]" : host
            return "redis://\(userPart)\(shownHost):\(port)/\(database)"
        case .unixSocket(let path):
            return "unix://\(userPart)\(path)" + (database == 0 ? "" : "?db=\(database)")
        }
    }
}

extension RedisConfiguration: CustomReflectable {
    /// Shows the description alone, so that dumping a value never shows the password.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
