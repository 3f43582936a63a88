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
    /// How to encrypt; nil for not at all.
    let tls: LedgerTLS?
    private let scheme: String
    private let options: [LedgerURL.Option: String]

    /// The longest time that making a connection may take.
    public var connectTimeout: Duration = .seconds(5)
    /// The longest time without a word from the server before a connection counts as lost. A query of a person waits as
    /// long as its own time limit says.
    public var readTimeout: Duration = .seconds(60)
    /// The longest time that the server may take to accept what it is sent before a connection counts as lost.
    public var writeTimeout: Duration = .seconds(60)
    /// How long an operation is tried again after a deadlock or a lost connection before it fails.
    public var retryTime: Duration = .seconds(30)

    /// Reads `mariadb://user[:password]@host[:port]/database` or, for a Unix socket,
    /// `mariadb://user[:password]@localhost/database?socket=/path/m.sock`. `mysql://` means the same: which server it is
    /// is found out by connecting.
    ///
    /// With `?ssl_ca=/path/ca.pem` the connection is encrypted, and the server must prove itself to be the URL's host by
    /// a certificate of that authority; `&ssl_cert=/path&ssl_key=/path` is the client's own certificate.
    /// `?ssl_mode=verify_identity` alone trusts the machine's own authorities, `required` encrypts and trusts anybody,
    /// `disabled` does not encrypt, as does a URL without any of these.
    ///
    /// `?connect_timeout=5&read_timeout=60&write_timeout=60`, in whole seconds from 1 to 3600, set ``connectTimeout``,
    /// ``readTimeout`` and ``writeTimeout``.
    ///
    /// - Parameters:
    ///   - url: The URL. Reserved characters in user, password, database and socket are percent-encoded.
    ///   - password: The password, when it comes from somewhere else; it takes precedence over the URL's.
    /// - Throws: ``LedgerError`` with code `configuration`, saying which part of the URL is wrong.
    public init(url: String, password: String? = nil) throws {
        let parts: LedgerURL
        do {
            parts = try LedgerURL(url)
            tls = try LedgerTLS(parts.options)
            if let seconds = try parts.seconds(.connectTimeout) { connectTimeout = seconds }
            if let seconds = try parts.seconds(.readTimeout) { readTimeout = seconds }
            if let seconds = try parts.seconds(.writeTimeout) { writeTimeout = seconds }
        } catch {
            throw LedgerError(
                .configuration,
                "The ledger's URL \(error.text): write mariadb://user[:password]@host[:port]/database[?socket=/path]"
                    + "[&ssl_ca=/path].")
        }
        scheme = parts.scheme
        options = parts.options
        user = parts.user
        host = parts.host
        port = parts.port
        socketPath = parts.options[.socket]
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
        let shownOptions = options.map { "\($0.key.rawValue)=\($0.value)" }.sorted().joined(separator: "&")
        let query = shownOptions.isEmpty ? "" : "?\(shownOptions)"
        return "\(scheme)://\(user)@\(shownHost)\(shownPort)/\(database)\(query)"
    }

    /// The URL without its password.
    public var debugDescription: String { description }

    /// The URL without its password, and nothing else.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
