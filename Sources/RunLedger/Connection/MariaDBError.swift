internal import CMariaDB

/// An error as the server or the client library reported it.
struct MariaDBError: Error {
    /// The server's number (1000…) or the client library's (2000…).
    let number: UInt32
    let sqlState: String
    let message: String
    /// Whether it happened during a commit, so that the commit's outcome is unknown if the connection was lost too.
    var isDuringCommit = false
    /// Whether it happened while connecting: the server is unreachable rather than lost.
    var isDuringConnect = false

    init(_ mysql: UnsafeMutablePointer<MYSQL>) {
        number = mysql_errno(mysql)
        sqlState = String(cString: mysql_sqlstate(mysql))
        message = String(cString: mysql_error(mysql))
    }

    init(_ statement: UnsafeMutablePointer<MYSQL_STMT>) {
        // An error that comes instead of a row is set on the session only.
        let session = mysql_stmt_errno(statement) == 0 ? statement.pointee.mysql : nil
        number = session.map { mysql_errno($0) } ?? mysql_stmt_errno(statement)
        sqlState = String(cString: session.map { mysql_sqlstate($0) } ?? mysql_stmt_sqlstate(statement))
        message = String(cString: session.map { mysql_error($0) } ?? mysql_stmt_error(statement))
    }

    /// Whether the connection is unusable: it broke, could not be made, or its state is unknown.
    var isConnectionLost: Bool {
        switch Int32(bitPattern: number) {
        case CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_SERVER_LOST_EXTENDED, CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR,
            CR_COMMANDS_OUT_OF_SYNC, CR_MALFORMED_PACKET, ER_CONNECTION_KILLED, ER_SERVER_SHUTDOWN,
            ER_NEW_ABORTING_CONNECTION, ER_NET_READ_ERROR, ER_NET_READ_INTERRUPTED, ER_NET_ERROR_ON_WRITE,
            ER_NET_WRITE_INTERRUPTED, ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS:
            true
        case let number: ServerDialect.ErrorNumber.sessionEnded.contains(number)
        }
    }

    /// Whether the transaction was rolled back because of concurrent transactions, so that a repetition may succeed: a
    /// deadlock, a lock wait that timed out, a row that another writer inserted or changed, a table that another
    /// session altered, a cluster node that is not ready or gave precedence to another node's transaction.
    var isTransient: Bool {
        switch Int32(bitPattern: number) {
        case ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, ER_DUP_ENTRY, ER_CHECKREAD, ER_UNKNOWN_COM_ERROR,
            ER_QUERY_INTERRUPTED, ER_NEED_REPREPARE, ServerDialect.ErrorNumber.rolledBackForAnother:
            true
        default: false
        }
    }

    /// Whether the cached description of an exploration's table may be out of date: it was dropped or recreated.
    var mayBeStaleRegistry: Bool {
        switch Int32(bitPattern: number) {
        case ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR, ER_NO_REFERENCED_ROW_2, ER_WRONG_VALUE_COUNT_ON_ROW: true
        default: false
        }
    }

    /// Whether the statement itself is wrong: its syntax, or an unknown name.
    var isSyntaxError: Bool { sqlState.hasPrefix("42") && Int32(bitPattern: number) != ER_DBACCESS_DENIED_ERROR }

    /// Whether the user lacks a privilege on a table.
    var isMissingPrivilege: Bool {
        [ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR]
            .contains(Int32(bitPattern: number))
    }

    /// Whether a change of a table was refused because it had been made before.
    var isAppliedAlready: Bool {
        switch Int32(bitPattern: number) {
        case ER_DUP_FIELDNAME, ER_DUP_KEYNAME, ER_CANT_DROP_FIELD_OR_KEY: true
        default: false
        }
    }

    /// Whether the server cannot change a table with the requested algorithm.
    var isUnsupportedAlteration: Bool {
        switch Int32(bitPattern: number) {
        case ER_ALTER_OPERATION_NOT_SUPPORTED, ER_ALTER_OPERATION_NOT_SUPPORTED_REASON,
            ServerDialect.ErrorNumber.tooManyInstantChanges:
            true
        default: false
        }
    }

    /// Whether the statement writes, and the transaction may only read.
    var isReadOnlyTransaction: Bool { Int32(bitPattern: number) == ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION }

    var isMissingTable: Bool { Int32(bitPattern: number) == ER_NO_SUCH_TABLE }

    /// The error as the ledger's callers see it.
    func ledgerError(at configuration: LedgerConfiguration) -> LedgerError {
        let number = Int32(bitPattern: number)
        switch number {
        case ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
            return LedgerError(
                .authentication,
                "the server refuses the user '\(configuration.user)' at \(configuration)"
                    + " (\(configuration.password == nil ? "no password was given" : "the password is wrong"), or the"
                    + " user may not connect from here): check user and password", cause: self)
        case ER_DBACCESS_DENIED_ERROR:
            return LedgerError(
                .authentication,
                "the user '\(configuration.user)' may not use the database at \(configuration): grant the privileges",
                cause: self)
        case ER_BAD_DB_ERROR:
            return LedgerError(
                .unknownDatabase,
                "unknown database '\(configuration.database)' at \(configuration): create it, or connect with the"
                    + " option that creates it", cause: self)
        case CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR, CR_UNKNOWN_HOST: return unreachable(configuration)
        case CR_SSL_CONNECTION_ERROR:
            return LedgerError(
                .insecure,
                "cannot connect securely to \(configuration) (\(message)): check that ssl_ca is the authority that"
                    + " signed the server's certificate, and that the certificate names the URL's host",
                cause: self)
        case ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS:
            return LedgerError(
                .unreachable,
                "the server at \(configuration) has no free connection (\(message)): stop other programs, or raise"
                    + " max_connections there", cause: self)
        case _ where ServerDialect.ErrorNumber.queryTimeout.contains(number):
            return LedgerError(.queryTimeout, "the query exceeded its time limit", cause: self)
        default: break
        }
        if isConnectionLost {
            guard !isDuringConnect else { return unreachable(configuration) }
            return LedgerError(
                .connectionLost,
                "lost the connection to \(configuration) (\(message)) and could not reconnect in time: check that the"
                    + " server runs", cause: self)
        }
        if isTransient {
            return LedgerError(
                .contention, "other writers at \(configuration) blocked the operation for too long (\(message))",
                cause: self)
        }
        return LedgerError(
            .server, "the server at \(configuration) refused a statement: \(message) (error \(number), \(sqlState))",
            cause: self)
    }

    private func unreachable(_ configuration: LedgerConfiguration) -> LedgerError {
        LedgerError(
            .unreachable, "no MariaDB server answers at \(configuration) (\(message)): start it, or correct the URL",
            cause: self)
    }
}
