/// Where the ledger's database is, as whom to go there, and how long to wait.
///
/// Neither a description nor a reflection of it shows the password.
public struct LedgerConfiguration: Sendable {
    /// The server's user.
    public let user: String
    /// The server's host name or address. `localhost` without a port means the server's usual Unix socket.
    public let host: String
    /// The TCP port, or nil for the usual one.
    public let port: UInt16?
    /// The Unix socket to connect to instead of TCP.
    public let socketPath: String?
    /// The database (schema) that holds the ledger.
    public let database: String
    let password: String?

    /// The longest time that making a connection may take.
    public var connectTimeout: Duration = .seconds(5)
    /// The longest time without a word from the server before a connection counts as lost.
    public var operationTimeout: Duration = .seconds(60)
    /// How long an operation is tried again after a deadlock or a lost connection before it fails.
    public var retryTime: Duration = .seconds(30)

    /// Reads `mariadb://user[:password]@host[:port]/database` or, for a Unix socket,
    /// `mariadb://user[:password]@localhost/database?socket=/path/m.sock`.
    ///
    /// - Parameters:
    ///   - url: The URL. Reserved characters in user, password, database and socket are percent-encoded.
    ///   - password: The password, when it comes from somewhere else; it takes precedence over the URL's.
    /// - Throws: ``LedgerError`` with code `configuration`, saying which part of the URL is wrong.
    public init(url: String, password: String? = nil) throws {
        let parts = try LedgerURL(url)
        user = parts.user
        host = parts.host
        port = parts.port
        socketPath = parts.socketPath
        database = parts.database
        self.password = password ?? parts.password
        guard Identifier.isDatabaseName(database) else {
            throw LedgerError(
                .configuration,
                "“\(database)” cannot be the name of the ledger's database: use 1 to 64 letters, digits, _ or -.")
        }
    }
}

extension LedgerConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL without its password.
    public var description: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        let shownPort = port.map { ":\($0)" } ?? ""
        let socket = socketPath.map { "?socket=\($0)" } ?? ""
        return "mariadb://\(user)@\(shownHost)\(shownPort)/\(database)\(socket)"
    }

    /// The URL without its password.
    public var debugDescription: String { description }

    /// The URL without its password, and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
