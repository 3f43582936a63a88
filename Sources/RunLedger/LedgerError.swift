/// An error of the ledger: a code to act on and a message to read.
public struct LedgerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of errors. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The URL, or a value given with it, cannot be used.
        public static let configuration = Code(description: "configuration")
        /// No server answers.
        public static let unreachable = Code(description: "unreachable")
        /// The server refuses the user or the password.
        public static let authentication = Code(description: "authentication")
        /// TLS could not be negotiated, or the server could not prove that it is the one in the URL.
        public static let insecure = Code(description: "insecure")
        /// The server does not have the database.
        public static let unknownDatabase = Code(description: "unknownDatabase")
        /// The server is too old, or of a kind that the ledger does not work with.
        public static let unsupportedServer = Code(description: "unsupportedServer")
        /// The connection broke and could not be restored in time. The batch is in the ledger completely or not at all;
        /// repeating it is safe.
        public static let connectionLost = Code(description: "connectionLost")
        /// Other writers blocked the operation for longer than the time for retries. Nothing was written.
        public static let contention = Code(description: "contention")
        /// The database does not contain a ledger yet.
        public static let notMigrated = Code(description: "notMigrated")
        /// A newer version of this library made the schema.
        public static let schemaTooNew = Code(description: "schemaTooNew")
        /// No exploration is registered under that name or table.
        public static let unknownExploration = Code(description: "unknownExploration")
        /// The exploration is registered with other columns, or its table is taken or not empty.
        public static let schemaConflict = Code(description: "schemaConflict")
        /// A name cannot be the name of a table or of a column.
        public static let invalidName = Code(description: "invalidName")
        /// A record cannot be stored. Nothing of its batch was written.
        public static let invalidRecord = Code(description: "invalidRecord")
        /// A query does more than read, or the server does not understand it.
        public static let queryRefused = Code(description: "queryRefused")
        /// A query exceeded its time limit.
        public static let queryTimeout = Code(description: "queryTimeout")
        /// A condition on runs is malformed, or names an unknown column.
        public static let invalidFilter = Code(description: "invalidFilter")
        /// A file to be imported was not written by an export, or one of its lines is wrong. Nothing was written.
        public static let invalidFile = Code(description: "invalidFile")
        /// The ledger is closed.
        public static let closed = Code(description: "closed")
        /// The server refused a statement for another reason; see ``LedgerError/serverCode``.
        public static let server = Code(description: "server")

        /// The code's name.
        public let description: String
    }

    /// The kind of error.
    public let code: Code
    /// The problem, its place, and the remedy. Never contains a password.
    public let message: String
    /// The error number of the server or of the client library, if one of them reported it.
    public let serverCode: UInt32?
    /// The SQLSTATE, if the server reported the error.
    public let sqlState: String?

    init(_ code: Code, _ message: String, cause: MariaDBError? = nil) {
        self.init(code, message, serverCode: cause?.number, sqlState: cause?.sqlState)
    }

    init(_ code: Code, _ message: String, serverCode: UInt32?, sqlState: String?) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
        self.sqlState = sqlState
    }

    /// Whether the server is out of reach or busy, so that a later attempt may succeed.
    public var isOutage: Bool { [.unreachable, .connectionLost, .contention].contains(code) }

    /// Whether a record is at fault: its content is invalid, or the server refuses it for what it contains. Writing it
    /// again fails again.
    public var isRecordFault: Bool {
        guard code == .server else { return code == .invalidRecord }
        return serverCode.map { Self.recordErrors.contains($0) } ?? false
            || Self.recordStates.contains { sqlState?.hasPrefix($0) ?? false }
    }

    /// Whether the server, its configuration or its data is at fault, and not the caller: it is out of reach, read-only
    /// or full, refuses a user that it accepted before, lacks a table, or was replaced by another version. Any error that
    /// blames neither the record nor the call counts: a record must not suffer for a fault that is unknown here. The same
    /// call succeeds once the server works again.
    public var isServerFault: Bool { !isRecordFault && !Self.callerErrors.contains(code) }

    /// The same error as a fault of the server. For a caller that has found that the server refuses every record for one
    /// and the same reason, such as a trigger or a constraint that nothing satisfies.
    public var blamingServer: LedgerError {
        LedgerError(
            .server, "the server refuses all records, so they are not at fault: \(message)", serverCode: nil,
            sqlState: nil)
    }

    /// Errors of the program or of its user.
    private static let callerErrors: Set<Code> = [
        .configuration, .schemaTooNew, .schemaConflict, .invalidName, .queryRefused, .invalidFilter, .invalidFile,
        .closed,
    ]
    /// SQLSTATE classes: 22 data exception, 23 constraint violation, 45 raised by a trigger.
    private static let recordStates = ["22", "23", "45"]
    /// ER_DATA_TOO_LONG, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ER_BAD_NULL_ERROR, ER_NET_PACKET_TOO_LARGE.
    private static let recordErrors: Set<UInt32> = [1406, 1366, 1048, 1153]

    /// The message.
    public var description: String { message }
}
