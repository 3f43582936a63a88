/// The address of the ledger's database, the user to connect as, and the timeouts.
///
/// Neither a description nor a reflection of it shows the password.
public struct LedgerConfiguration: Sendable {
    /// The server's user.
    public let user: String
    /// The server's host name or address. `localhost` without a port means the server's usual Unix socket.
    public let host: String
    /// The TCP port; `nil` for the default.
    public let port: UInt16?
    /// The Unix socket to connect to instead of TCP.
    public let socketPath: String?
    /// The database (schema) that holds the ledger.
    public let database: String
    let password: String?
    /// The encryption; `nil` for none.
    let tls: LedgerTLS?
    private let scheme: String
    private let options: [LedgerURL.Option: String]

    /// The time limit for connecting.
    public var connectTimeout: Duration = .seconds(5)
    /// The time without any data from the server after which a connection counts as lost. A user's query waits for its
    /// own time limit instead.
    public var readTimeout: Duration = .seconds(60)
    /// The time limit for the server to accept data before a connection counts as lost.
    public var writeTimeout: Duration = .seconds(60)
    /// The time for which an operation is retried after a deadlock or a lost connection before it fails.
    public var retryTimeout: Duration = .seconds(30)

    /// Reads `mariadb://user[:password]@host[:port]/database` or, for a Unix socket,
    /// `mariadb://user[:password]@localhost/database?socket=/path/m.sock`. `mysql://` means the same: the kind of
    /// server is detected when connecting.
    ///
    /// With `?ssl_ca=/path/ca.pem` the connection is encrypted, and the server must prove with a certificate of that
    /// authority that it is the URL's host. `&ssl_cert=/path&ssl_key=/path` is the client's certificate.
    /// `?ssl_mode=verify_identity` alone trusts the system's authorities, `required` encrypts without verifying the
    /// server, `disabled` does not encrypt, like a URL without any of these.
    ///
    /// `?connect_timeout=5&read_timeout=60&write_timeout=60`, in whole seconds from 1 to 3600, set ``connectTimeout``,
    /// ``readTimeout`` and ``writeTimeout``.
    ///
    /// - Parameters:
    ///   - url: the URL. Reserved characters in user, password, database and socket are percent-encoded.
    ///   - password: a password from another source; takes precedence over the URL's.
    /// - Throws: ``LedgerError`` with code `configuration`, naming the wrong part of the URL.
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
                "the ledger's URL \(error.text): write mariadb://user[:password]@host[:port]/database[?socket=/path]"
                    + "[&ssl_ca=/path]")
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
                "invalid name '\(database)' for the ledger's database: use 1 to 64 letters, digits, _ or -")
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

/// The encryption of a connection to the ledger, and the trusted server.
struct LedgerTLS: Hashable, Sendable {
    /// Whether the server must prove its identity: by a certificate that the authority signed for the URL's host.
    var verifiesServer: Bool
    /// The PEM file of the authority's certificate; `nil` for the system's authorities.
    var authority: String?
    /// The PEM files of the client's certificate and key, if the server asks for them.
    var certificate: String?
    var key: String?

    /// Reads the options of a URL: `ssl_ca`, `ssl_cert`, `ssl_key`, `ssl_mode` (`disabled`, `required`,
    /// `verify_identity`). A server is verified unless `ssl_mode` says otherwise.
    ///
    /// - Returns: `nil` if the connection is not to be encrypted.
    /// - Throws: ``LedgerURL/Problem``.
    init?(_ options: [LedgerURL.Option: String]) throws(LedgerURL.Problem) {
        authority = options[.authority]
        certificate = options[.certificate]
        key = options[.key]
        let files = [authority, certificate, key].compactMap { $0 }
        guard files.allSatisfy({ $0.hasPrefix("/") }) else {
            throw LedgerURL.Problem("names a file for TLS that is not an absolute path")
        }
        guard (certificate == nil) == (key == nil) else {
            throw LedgerURL.Problem("needs ssl_cert and ssl_key together")
        }
        switch options[.tlsMode] {
        case "required"?:
            // The client library would verify the certificate but not the host, which protects from nothing.
            guard authority == nil else {
                throw LedgerURL.Problem("names ssl_ca together with an ssl_mode that does not verify the server")
            }
            verifiesServer = false
        case "verify_identity"?: verifiesServer = true
        case "disabled"?:
            guard files.isEmpty else { throw LedgerURL.Problem("disables TLS by ssl_mode and names files for it") }
            return nil
        case nil:
            guard !files.isEmpty else { return nil }
            verifiesServer = true
        default: throw LedgerURL.Problem("has an ssl_mode other than disabled, required and verify_identity")
        }
    }
}
