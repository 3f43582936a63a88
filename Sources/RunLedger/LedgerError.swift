/// What went wrong in the ledger: a code to act on and one sentence to read.
public struct LedgerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of errors. More may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The URL, or a value given with it, is not usable.
        public static let configuration = Code(description: "configuration")
        /// No server answers there.
        public static let unreachable = Code(description: "unreachable")
        /// The server refuses the user or the password.
        public static let authentication = Code(description: "authentication")
        /// TLS could not be agreed on, or the server could not prove that it is the one in the URL.
        public static let insecure = Code(description: "insecure")
        /// The server has no such database.
        public static let unknownDatabase = Code(description: "unknownDatabase")
        /// The server is too old, or not one that the ledger works with.
        public static let unsupportedServer = Code(description: "unsupportedServer")
        /// The connection broke and could not be made again in time. What was being written is in the ledger wholly or
        /// not at all; repeating it is safe.
        public static let connectionLost = Code(description: "connectionLost")
        /// Other writers were in the way for longer than the time for retries. Nothing was written.
        public static let contention = Code(description: "contention")
        /// The database has no ledger in it: it was not migrated yet.
        public static let notMigrated = Code(description: "notMigrated")
        /// The schema was made by a newer version of this library.
        public static let schemaTooNew = Code(description: "schemaTooNew")
        /// No exploration is registered under that name or table.
        public static let unknownExploration = Code(description: "unknownExploration")
        /// The exploration is registered with other columns.
        public static let contradiction = Code(description: "contradiction")
        /// A name cannot be the name of a table or of a column.
        public static let invalidName = Code(description: "invalidName")
        /// A record cannot be stored as it is. Nothing of its batch was written.
        public static let invalidRecord = Code(description: "invalidRecord")
        /// A query is not one that only reads.
        public static let queryRefused = Code(description: "queryRefused")
        /// A query took longer than its time limit.
        public static let queryTimeout = Code(description: "queryTimeout")
        /// A condition on runs is not well formed, or names a column that there is none of.
        public static let invalidFilter = Code(description: "invalidFilter")
        /// A file that is to be imported is not one that was exported, or a line of it is wrong. Nothing was written.
        public static let invalidFile = Code(description: "invalidFile")
        /// The ledger was closed.
        public static let closed = Code(description: "closed")
        /// The server refused a statement for another reason; see ``LedgerError/serverCode``.
        public static let server = Code(description: "server")

        /// The code's name.
        public let description: String
    }

    /// What kind of error it is.
    public let code: Code
    /// One sentence: what was wrong, where, what to do. Never holds a password.
    public let message: String
    /// The server's or the client library's number of the error, where one of them reported it.
    public let serverCode: UInt32?
    /// The SQLSTATE, where the server reported the error.
    public let sqlState: String?

    init(_ code: Code, _ message: String, cause: MariaDBError? = nil) {
        self.code = code
        self.message = message
        self.serverCode = cause?.number
        self.sqlState = cause?.sqlState
    }

    /// Whether it may pass by itself, so that trying again later makes sense: the server is out of reach or busy.
    public var isOutage: Bool { [.unreachable, .connectionLost, .contention].contains(code) }

    /// The message.
    public var description: String { message }
}
