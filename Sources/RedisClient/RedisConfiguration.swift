/// Where a Redis server is and how to talk to it.
public struct RedisConfiguration: Sendable, Hashable, CustomStringConvertible {
    /// A host and a TCP port.
    public struct Endpoint: Sendable, Hashable {
        /// The host's name or number.
        public var host: String
        /// The TCP port.
        public var port: UInt16

        /// An endpoint.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }
    }

    /// Where a server listens.
    public enum Address: Sendable, Hashable {
        /// A host's name or number, and a TCP port.
        case tcp(host: String, port: UInt16)
        /// The path of a Unix socket.
        case unixSocket(path: String)
        /// Sentinels, which know where the master of a service is; asked anew whenever a connection is made.
        ///
        /// The user of the servers needs the command `ROLE`: a server is believed only once it calls itself a master.
        ///
        /// - Important: Redis replicates after it has answered. A promotion loses what had not reached the replica, and a
        ///   master that was cut off from its replicas goes on answering: with `min-replicas-to-write 1` on every server it
        ///   refuses instead, which is taken as a reason to ask the sentinels again.
        case sentinels([Endpoint], service: String)
    }

    /// Where the server listens.
    public var address: Address
    /// The user of the server's access lists; nil is the default user.
    public var user: String?
    /// The password; nil when the server wants none.
    public var password: String?
    /// The number of the database.
    public var database: Int
    /// The user of the sentinels' access lists; nil is the default user.
    public var sentinelUser: String?
    /// The password for the sentinels; nil when they want none.
    public var sentinelPassword: String?
    /// How to talk under TLS, to sentinels as well; nil is without TLS. Of no meaning for a Unix socket.
    public var tls: TLS?
    /// How long making a connection may take, the server's loading of its data included. 5 seconds by default.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a command may take, from its sending (or from being queued while there is no connection) to its reply.
    /// 10 seconds by default. A time-out is noticed up to a quarter of this late.
    public var commandTimeout: Duration = .seconds(10)

    /// A server at an address.
    public init(
        address: Address, user: String? = nil, password: String? = nil, database: Int = 0, tls: TLS? = nil
    ) {
        self.address = address
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
    }

    /// Reads a URL:
    ///
    /// | URL | server |
    /// |---|---|
    /// | `redis://[user[:password]@]host[:port][/database]` | at a TCP port; 6379 by default |
    /// | `rediss://…` | the same under TLS |
    /// | `unix://[user[:password]@]/path/of.sock` | at a Unix socket |
    /// | `redis+sentinel://[user[:password]@]host[:port],…/service[/database]` | whichever the sentinels name; 26379 |
    /// | `rediss+sentinel://…` | the same, with sentinels and servers under TLS |
    ///
    /// and after a `?`, separated by `&`:
    ///
    /// | option | meaning |
    /// |---|---|
    /// | `db` | the database's number |
    /// | `connect_timeout`, `command_timeout` | seconds: ``connectTimeout``, ``commandTimeout`` |
    /// | `ca`, `cert`, `key` | files: ``TLS/caFile``, ``TLS/certificateFile``, ``TLS/keyFile`` |
    /// | `server_name`, `check_name=no` | ``TLS/serverName``, ``TLS/checksName`` |
    /// | `sentinel_user` | ``sentinelUser`` |
    ///
    /// `%XX` stands for any byte. `redis://:password@host` gives a password to the default user. The sentinels' password
    /// has no place in a URL: set ``sentinelPassword``.
    /// - Throws: ``RedisError`` with the code ``RedisError/Code/configuration``.
    public init(url: String) throws {
        self = try RedisURL.parse(url)
    }

    /// The address as a URL, without passwords and without the names of files.
    public var description: String {
        let userPart = user.map { "\($0)@" } ?? ""
        let redis = tls == nil ? "redis" : "rediss"
        switch address {
        case .tcp(let host, let port):
            return "\(redis)://\(userPart)\(Endpoint(host: host, port: port))/\(database)"
        case .unixSocket(let path):
            return "unix://\(userPart)\(path)" + (database == 0 ? "" : "?db=\(database)")
        case .sentinels(let endpoints, let service):
            let list = endpoints.map(\.description).joined(separator: ",")
            return "\(redis)+sentinel://\(userPart)\(list)/\(service)/\(database)"
        }
    }
}

extension RedisConfiguration.Endpoint: CustomStringConvertible {
    /// `host:port`, with brackets around a number of IPv6.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension RedisConfiguration: CustomReflectable {
    /// Shows the description alone, so that dumping a value never shows a password.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
