/// The address of a Redis server, and the credentials and limits for connections to it.
public struct RedisConfiguration: Sendable, Hashable, CustomStringConvertible {
    /// A host and a TCP port.
    public struct Endpoint: Sendable, Hashable {
        /// The host's name or number.
        public var host: String
        /// The TCP port.
        public var port: UInt16

        /// Creates an endpoint.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }
    }

    /// An address at which a server listens.
    public enum Address: Sendable, Hashable {
        /// A host's name or number, and a TCP port.
        case tcp(host: String, port: UInt16)
        /// The path of a Unix socket.
        case unixSocket(path: String)
        /// Sentinels, which know the master of a service. They are asked again for every new connection.
        ///
        /// The user of the servers needs the command `ROLE`: a server is used only if it reports that it is a master.
        ///
        /// - Important: Redis replicates after it has replied. A promotion loses the data that had not reached the
        ///   replica, and a master that was cut off from its replicas continues to accept writes. With
        ///   `min-replicas-to-write 1` on every server, it refuses them instead, and the client asks the sentinels
        ///   again.
        case sentinels([Endpoint], service: String)
    }

    /// The address at which the server listens.
    public var address: Address
    /// The user of the server's access lists; `nil` is the default user.
    public var user: String?
    /// The password; `nil` if the server does not require one.
    public var password: String?
    /// The number of the database.
    public var database: Int
    /// The user of the sentinels' access lists; `nil` is the default user.
    public var sentinelUser: String?
    /// The password for the sentinels; `nil` if they do not require one.
    public var sentinelPassword: String?
    /// The TLS settings, for sentinels as well; `nil` is without TLS. A Unix socket ignores them.
    public var tls: TLS?
    /// The time limit for making a connection, including the time in which the server loads its data. 5 seconds by
    /// default.
    public var connectTimeout: Duration = .seconds(5)
    /// The time limit for a command, from sending it (or from queueing it while there is no connection) to its reply.
    /// 10 seconds by default. A time-out is noticed up to a quarter of this late.
    public var commandTimeout: Duration = .seconds(10)

    /// Creates the configuration of a server.
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
    /// | `rediss://…` | at a TCP port, under TLS |
    /// | `unix://[user[:password]@]/path/of.sock` | at a Unix socket |
    /// | `redis+sentinel://[user[:password]@]host[:port],…/service[/database]` | a master, named by sentinels; 26379 |
    /// | `rediss+sentinel://…` | a master, named by sentinels, all under TLS |
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
    /// `%XX` stands for any byte. `redis://:password@host` is a password without a user. A URL cannot contain the
    /// sentinels' password: set ``sentinelPassword``.
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
    /// `host:port`, with brackets around an IPv6 address.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension RedisConfiguration: CustomReflectable {
    /// A mirror with the description alone, so that dumping a value never shows a password.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}

extension RedisConfiguration {
    /// Settings for TLS 1.2 or later. The server's certificate must be signed by an authority that is trusted here.
    ///
    /// The files are read for every new connection, so that certificates may be renewed in place.
    public struct TLS: Sendable, Hashable {
        /// A file with the certificates of the trusted authorities, in PEM format; `nil` trusts those of this system.
        public var caFile: String?
        /// A file with the client's certificate and its chain, in PEM format; `nil` presents no certificate.
        public var certificateFile: String?
        /// A file with the key of the client's certificate, in PEM format and without a passphrase; `nil` if the key is
        /// in ``certificateFile``, too.
        public var keyFile: String?
        /// The name that the server's certificate must contain, and that is sent to the server (SNI); `nil` is the host
        /// of the address.
        public var serverName: String?
        /// Whether the certificate must contain the server's name; true by default.
        ///
        /// - Important: If this is false, any server with a certificate of a trusted authority is accepted. Use it only
        ///   with an authority that signs for the Redis servers alone, and whose certificates contain no names.
        public var checksName = true

        /// Creates settings that trust this system's authorities and present no certificate.
        public init() {}
    }
}
