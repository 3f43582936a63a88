internal import CMariaDB
internal import Glibc

/// One session on the server. Its calls block; it belongs to one thread at a time.
///
/// Every session is set up the same, whatever the server's defaults: strict mode, UTC, utf8mb4, and every statement
/// sees what was committed before it began.
final class MariaDBConnection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private var statements: [SQL: PreparedStatement] = [:]
    private var packetLimit = 1 << 20
    /// Which server it is; set as soon as that is known.
    private(set) var dialect = ServerDialect.mariaDB

    /// More statements than an exploration needs, so that the cache is emptied only where explorations abound.
    private static let cachedStatementLimit = 256
    /// In seconds. Writers hold locks for the fraction of a second that a batch takes.
    private static let longestLockWait: UInt32 = 15

    private static let libraryStarted: Void = {
        let status = mysql_server_init(0, nil, nil)
        precondition(status == 0, "the MariaDB client library could not be set up")
    }()

    /// Connects and sets the session up.
    ///
    /// - Parameters:
    ///   - database: whether to choose the configuration's database, which must be there.
    ///   - readTimeout: the longest time without a word from the server, in place of the configuration's.
    /// - Throws: ``MariaDBError``, or ``LedgerError`` for a server that is not supported.
    init(_ configuration: LedgerConfiguration, choosingDatabase: Bool = true, readTimeout: Duration? = nil) throws {
        Self.libraryStarted
        guard let handle = mysql_init(nil) else { preconditionFailure("mysql_init: out of memory") }
        self.handle = handle
        setOption(MYSQL_OPT_CONNECT_TIMEOUT, Self.seconds(configuration.connectTimeout))
        let patience = readTimeout ?? configuration.readTimeout
        setOption(MYSQL_OPT_READ_TIMEOUT, Self.seconds(patience))
        setOption(MYSQL_OPT_WRITE_TIMEOUT, Self.seconds(configuration.writeTimeout))
        setOption(MYSQL_OPT_LOCAL_INFILE, 0)  // no server may ask for this machine's files
        setOption(MYSQL_REPORT_DATA_TRUNCATION, 1)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        if configuration.port != nil && configuration.socketPath == nil {
            // Otherwise the library takes “localhost” for a Unix socket even where a port is given.
            setOption(MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP.rawValue)
        }
        if let tls = configuration.tls { encrypt(tls) }
        let connected = mysql_real_connect(
            handle, configuration.host, configuration.user, configuration.password ?? "",
            choosingDatabase ? configuration.database : nil, UInt32(configuration.port ?? 0),
            configuration.socketPath, 0)
        guard connected != nil else {
            var error = MariaDBError(handle)
            error.isDuringConnect = true
            throw error
        }
        keepFromChildren()
        // The library goes on unencrypted with a server that has no TLS, unless it is to verify it.
        guard configuration.tls == nil || mysql_get_ssl_cipher(handle) != nil else {
            throw LedgerError(
                .insecure,
                "The server at \(configuration) does not encrypt: set it up for TLS, or leave ssl_mode out of the URL.")
        }
        let information = String(cString: mysql_get_server_info(handle))
        guard
            let dialect = ServerDialect(
                information: information, version: UInt(mysql_get_server_version(handle)))
        else {
            throw LedgerError(
                .unsupportedServer,
                "The server at \(configuration) is \(information): use MariaDB 10.6 or MySQL 8.0.12, or later.")
        }
        self.dialect = dialect
        try setUp(patience)
    }

    deinit {
        // Before its statements: closing the session first spares a message for each of them.
        mysql_close(handle)
    }

    /// The statement, parsed by the server when it is used for the first time.
    func prepared(_ sql: SQL) throws -> PreparedStatement {
        if let statement = statements[sql] { return statement }
        let statement = try uncached(sql)
        if statements.count >= Self.cachedStatementLimit { statements.removeAll() }
        statements[sql] = statement
        return statement
    }

    /// The statement, parsed for this one use.
    ///
    /// - Parameter dialect: whose messages to send instead of the server's own.
    func uncached(_ sql: SQL, in dialect: ServerDialect? = nil) throws -> PreparedStatement {
        try PreparedStatement(
            sql, on: handle, packetLimit: packetLimit, takesArrays: (dialect ?? self.dialect).takesArrays)
    }

    /// Executes a statement that has no parameters and no result.
    func execute(_ sql: SQL) throws {
        guard mysql_real_query(handle, sql.text, CUnsignedLong(sql.text.utf8.count)) == 0 else {
            throw MariaDBError(handle)
        }
    }

    /// Runs `body` in a transaction: all of it happens, or nothing.
    ///
    /// - Throws: what `body` throws, after the transaction was undone; or the error of the commit, marked as such.
    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try execute("START TRANSACTION")
        let result: Result
        do {
            result = try body()
        } catch {
            mysql_rollback(handle)
            throw error
        }
        guard mysql_commit(handle) == 0 else {
            var error = MariaDBError(handle)
            error.isDuringCommit = true
            mysql_rollback(handle)
            throw error
        }
        return result
    }

    /// `text` as a literal for the few places where the server allows no parameter.
    func quoted(_ text: String) -> QuotedText {
        var text = text
        let escaped = text.withUTF8 { bytes in
            [CChar](unsafeUninitializedCapacity: bytes.count * 2 + 1) { target, count in
                bytes.withMemoryRebound(to: CChar.self) { source in
                    let length = mysql_real_escape_string(
                        handle, target.baseAddress, source.baseAddress, CUnsignedLong(source.count))
                    count = Int(length)
                }
            }
        }
        return QuotedText(literal: "'\(String(decoding: escaped.map(UInt8.init(bitPattern:)), as: UTF8.self))'")
    }

    /// - Parameter patience: how long the server may be silent. Well before that it says that a lock is not to be had.
    private func setUp(_ patience: Duration) throws {
        let lockWait = Int(min(Self.longestLockWait, Self.seconds(patience / 2)))
        try execute(
            """
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
            NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = \(lockWait), \
            lock_wait_timeout = \(lockWait), autocommit = 1
            """)
        try execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        let limits = try uncached("SELECT @@max_allowed_packet").rows()
        // A batch grows past the limit by its last row at most, which is far smaller than the other half.
        if let limit = limits.first?.first?.integerValue { packetLimit = min(4 << 20, Int(limit) / 2) }
    }

    private func encrypt(_ tls: LedgerTLS) {
        mysql_ssl_set(handle, tls.key, tls.certificate, tls.authority, nil, nil)
        setOption(MYSQL_OPT_SSL_ENFORCE, true)
        setOption(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, tls.verifiesServer)
    }

    /// A child process that this program starts must not hold the session open.
    private func keepFromChildren() {
        let descriptor = mysql_get_socket(handle)
        if descriptor >= 0 { _ = fcntl(Int32(descriptor), F_SETFD, FD_CLOEXEC) }
    }

    private func setOption(_ option: mysql_option, _ value: UInt32) {
        var value = value
        mysql_options(handle, option, &value)
    }

    private func setOption(_ option: mysql_option, _ value: Bool) {
        var value: my_bool = value ? 1 : 0
        mysql_options(handle, option, &value)
    }

    /// At least one: for the library, zero means forever.
    private static func seconds(_ duration: Duration) -> UInt32 {
        let (seconds, fraction) = duration.components
        return UInt32(clamping: max(1, seconds + (fraction > 0 ? 1 : 0)))
    }
}
