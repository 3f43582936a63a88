internal import CMariaDB
internal import Glibc

/// One session on the server. Its calls block; one thread at a time may use it.
///
/// Every session is set up in the same way, independent of the server's defaults: strict mode, UTC, utf8mb4, and every
/// statement sees what was committed before it began.
final class MariaDBConnection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private var statements: [SQL: PreparedStatement] = [:]
    private var packetLimit = 1 << 20
    /// The kind of server, detected when connecting.
    private(set) var dialect = ServerDialect.mariaDB

    /// More statements than an exploration needs, so that the cache is emptied only if there are many explorations.
    private static let maxCachedStatements = 256
    /// In seconds. Writers hold locks for the fraction of a second that a batch takes.
    private static let maxLockWait: UInt32 = 15

    /// The server's number for no limit of rows.
    private static let noLimit: SQL = "18446744073709551615"
    /// In bytes. The longest row of a batch has texts of about 400 KiB.
    private static let minPacket: Int64 = 1 << 20

    private static let libraryStarted: Void = {
        let status = mysql_server_init(0, nil, nil)
        precondition(status == 0, "the MariaDB client library could not be initialised")
    }()

    /// Connects and sets the session up.
    ///
    /// - Parameters:
    ///   - choosingDatabase: whether to choose the configuration's database, which must exist.
    ///   - readTimeout: replaces the configuration's.
    /// - Throws: ``MariaDBError``, or ``LedgerError`` for a server that is not supported.
    init(_ configuration: LedgerConfiguration, choosingDatabase: Bool = true, readTimeout: Duration? = nil) throws {
        Self.libraryStarted
        guard let handle = mysql_init(nil) else { preconditionFailure("mysql_init: out of memory") }
        self.handle = handle
        let readTimeout = readTimeout ?? configuration.readTimeout
        setOption(MYSQL_OPT_CONNECT_TIMEOUT, Self.seconds(configuration.connectTimeout))
        setOption(MYSQL_OPT_READ_TIMEOUT, Self.seconds(readTimeout))
        setOption(MYSQL_OPT_WRITE_TIMEOUT, Self.seconds(configuration.writeTimeout))
        setOption(MYSQL_OPT_LOCAL_INFILE, 0)  // no server may ask for this machine's files
        setOption(MYSQL_REPORT_DATA_TRUNCATION, 1)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        if configuration.port != nil && configuration.socketPath == nil {
            // Otherwise the library takes 'localhost' for a Unix socket even if a port is given.
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
        closeOnExec()
        // The library continues unencrypted with a server without TLS unless it is to verify the server.
        guard configuration.tls == nil || mysql_get_ssl_cipher(handle) != nil else {
            throw LedgerError(
                .insecure,
                "the server at \(configuration) does not support encryption: configure TLS there, or remove ssl_mode"
                    + " from the URL")
        }
        let information = String(cString: mysql_get_server_info(handle))
        guard
            let dialect = ServerDialect(
                information: information, version: UInt(mysql_get_server_version(handle)))
        else {
            throw LedgerError(
                .unsupportedServer,
                "unsupported server at \(configuration), version \(information): use MariaDB 10.6 or MySQL 8.0.12, or"
                    + " later")
        }
        self.dialect = dialect
        try setUp(readTimeout: readTimeout)
    }

    deinit {
        // The session ends before its statements, which saves a message to the server for each of them.
        mysql_close(handle)
    }

    /// Returns the statement, which the server parses at its first use.
    func prepared(_ sql: SQL) throws -> PreparedStatement {
        if let statement = statements[sql] { return statement }
        let statement = try uncached(sql)
        if statements.count >= Self.maxCachedStatements { statements.removeAll() }
        statements[sql] = statement
        return statement
    }

    /// Parses the statement for a single use.
    ///
    /// - Parameter dialect: replaces the server's, for tests.
    func uncached(_ sql: SQL, in dialect: ServerDialect? = nil) throws -> PreparedStatement {
        try PreparedStatement(
            sql, on: handle, packetLimit: packetLimit, takesArrays: (dialect ?? self.dialect).takesArrays)
    }

    /// Executes a statement without parameters and result.
    func execute(_ sql: SQL) throws {
        guard mysql_real_query(handle, sql.text, CUnsignedLong(sql.text.utf8.count)) == 0 else {
            throw MariaDBError(handle)
        }
    }

    /// Runs `body` in a transaction.
    ///
    /// - Throws: the error of `body` after a rollback, or the error of the commit, marked as such.
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

    /// Returns `text` as a literal for the few places where the server does not accept a parameter.
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

    /// - Parameter readTimeout: a lock wait times out well before it, so that it is not taken for a lost connection.
    private func setUp(readTimeout: Duration) throws {
        let lockWait = Int(min(Self.maxLockWait, Self.seconds(readTimeout / 2)))
        try execute(
            """
            SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
            NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = \(lockWait), \
            lock_wait_timeout = \(lockWait), autocommit = 1
            """)
        // The server's defaults may be an administrator's limits for users' sessions.
        try execute(
            """
            SET SESSION sql_select_limit = \(Self.noLimit), sql_big_selects = 1, sql_safe_updates = 0, \
            completion_type = 'NO_CHAIN', \(dialect.noTimeLimit)
            """)
        try execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        let limits = try uncached("SELECT @@max_allowed_packet").rows()
        guard let limit = limits.first?.first?.integerValue else { return }
        guard limit >= Self.minPacket else {
            throw LedgerError(
                .unsupportedServer,
                "the server takes messages of up to \(limit) bytes, but the rows of a batch need \(Self.minPacket):"
                    + " set max_allowed_packet there to \(Self.minPacket) or more")
        }
        // A batch grows past the limit by its last row at most, which is smaller than the other half.
        packetLimit = min(4 << 20, Int(limit) / 2)
    }

    private func encrypt(_ tls: LedgerTLS) {
        mysql_ssl_set(handle, tls.key, tls.certificate, tls.authority, nil, nil)
        setOption(MYSQL_OPT_SSL_ENFORCE, true)
        setOption(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, tls.verifiesServer)
    }

    /// Keeps child processes from holding the session open.
    private func closeOnExec() {
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

    /// At least 1: the library takes 0 for no limit.
    private static func seconds(_ duration: Duration) -> UInt32 {
        let (seconds, fraction) = duration.components
        return UInt32(clamping: max(1, seconds + (fraction > 0 ? 1 : 0)))
    }
}

/// The differences between MariaDB and MySQL. Every statement outside of this type is understood by both.
///
/// `VALUES(column)` in `ON DUPLICATE KEY UPDATE` is understood by both (MySQL deprecates it and keeps it). Neither
/// `RETURNING` nor `ADD COLUMN IF NOT EXISTS`, which MySQL lacks, nor a row's alias, which MariaDB lacks, is used.
enum ServerDialect: Hashable, Sendable {
    case mariaDB
    case mySQL

    /// Detects the kind of server from its greeting.
    ///
    /// - Parameters:
    ///   - information: such as `10.11.6-MariaDB-log` or `8.0.36`.
    ///   - version: in the client library's notation, 10.11.6 as 101106.
    /// - Returns: `nil` for a server that is too old.
    init?(information: String, version: UInt) {
        let isMariaDB = information.lowercased().contains("mariadb")
        guard version >= (isMariaDB ? 10_06_00 : 8_00_12) else { return nil }
        self = isMariaDB ? .mariaDB : .mySQL
    }

    /// Whether one message can execute a statement for an array of rows. MySQL gets a message for each row, within the
    /// same transaction.
    var takesArrays: Bool { self == .mariaDB }

    /// Sets the time after which the server ends each later query of the session. MySQL does so for SELECT only, and
    /// counts in milliseconds. Never 0, which would mean no limit.
    func limitQueries(to time: Duration) -> SQL {
        let (seconds, attoseconds) = time.components
        let micros = max(1, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        return switch self {
        case .mariaDB: "SET SESSION max_statement_time = \(Int(micros)) / 1000000"
        case .mySQL: "SET SESSION max_execution_time = \(Int((micros + 999) / 1_000))"
        }
    }

    /// The assignment that removes the session's time limit for statements.
    var noTimeLimit: SQL {
        switch self {
        case .mariaDB: "max_statement_time = 0"
        case .mySQL: "max_execution_time = 0"
        }
    }

    /// Errors that only one of the servers has.
    enum ErrorNumber {
        /// A query reached its limit: MariaDB, MySQL.
        static let queryTimeout: Set<Int32> = [1969, 3024]
        /// MySQL ended the session: it was idle for too long, or was killed.
        static let sessionEnded: Set<Int32> = [4031, 3169]
        /// MySQL's group replication rolled the transaction back in favour of another server's.
        static let rolledBackForAnother: Int32 = 3101
        /// The table has reached MySQL's limit of instant changes and must be rebuilt.
        static let tooManyInstantChanges: Int32 = 4092
    }
}
