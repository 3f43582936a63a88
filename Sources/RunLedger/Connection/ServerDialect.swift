/// What MariaDB and MySQL say differently. All of it is here; every other statement is one that both understand.
///
/// `VALUES(column)` in `ON DUPLICATE KEY UPDATE` is understood by both (MySQL deprecates it and keeps it). Neither
/// `RETURNING` nor `ADD COLUMN IF NOT EXISTS`, which MySQL lacks, nor a row's alias, which MariaDB lacks, is used.
enum ServerDialect: Hashable, Sendable {
    case mariaDB
    case mySQL

    /// Tells the servers apart by what they say of themselves when a client connects.
    ///
    /// - Parameters:
    ///   - information: such as `10.11.6-MariaDB-log` or `8.0.36`.
    ///   - version: in the client library's notation, 10.11.6 as 101106.
    /// - Returns: nil for a server that is too old.
    init?(information: String, version: UInt) {
        let isMariaDB = information.lowercased().contains("mariadb")
        guard version >= (isMariaDB ? 10_06_00 : 8_00_12) else { return nil }
        self = isMariaDB ? .mariaDB : .mySQL
    }

    /// Whether one message can execute a statement for an array of rows. MySQL gets a message for each row, within the
    /// same transaction.
    var takesArrays: Bool { self == .mariaDB }

    /// Ends every later query of the session, on the server, after so long. MySQL does so for SELECT only, and counts in
    /// milliseconds. Zero would mean no limit.
    func limitQueries(to time: Duration) -> SQL {
        let (seconds, attoseconds) = time.components
        let micros = max(1, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        return switch self {
        case .mariaDB: "SET SESSION max_statement_time = \(Int(micros)) / 1000000"
        case .mySQL: "SET SESSION max_execution_time = \(Int((micros + 999) / 1_000))"
        }
    }

    /// Errors that only one of the servers has, by what they mean.
    enum ErrorNumber {
        /// A query reached its limit: MariaDB, MySQL.
        static let queryTimeout: Set<Int32> = [1969, 3024]
        /// MySQL ended the session: it was idle for too long, or was killed.
        static let sessionEnded: Set<Int32> = [4031, 3169]
        /// MySQL's group of servers undid the transaction for another server's.
        static let undoneForAnother: Int32 = 3101
        /// MySQL's table has had as many instant changes as it may have until it is rebuilt.
        static let tooManyInstantChanges: Int32 = 4092
    }
}
