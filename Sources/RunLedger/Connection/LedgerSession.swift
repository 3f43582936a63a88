internal import Dispatch
internal import Logging
internal import Support

/// A session on the server that reconnects after it was lost, on a separate thread, since the client library blocks.
actor LedgerSession {
    private let configuration: LedgerConfiguration
    private let logger: Logger
    private let executor = LedgerExecutor()
    /// `nil` before the first use, and between a loss and the next use.
    private var connection: MariaDBConnection?
    private var wasConnected = false
    private var isClosed = false

    /// Short pauses at first, since deadlocks pass quickly; never zero, so that writers that blocked each other do not
    /// collide again.
    private static let backoff = Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: .partial)

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ configuration: LedgerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// The result of an operation, and whether a commit of unknown outcome preceded it.
    struct Performed<Result: Sendable>: Sendable {
        let result: Result
        let retriedAfterUnknownCommit: Bool
    }

    /// Connects now rather than at the first use.
    ///
    /// - Throws: ``MariaDBError``, ``LedgerError``.
    func open(createDatabase: Bool) throws {
        if createDatabase {
            let server = try MariaDBConnection(configuration, choosingDatabase: false)
            try server.execute(
                """
                CREATE DATABASE IF NOT EXISTS \(Identifier(database: configuration.database))
                DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
                """)
        }
        _ = try openConnection()
    }

    func close() {
        connection = nil
        isClosed = true
    }

    /// Runs `body` on the session, and again after a conflict with other writers or a lost connection.
    ///
    /// Between two attempts the session is free for other operations; each attempt is complete in itself.
    func perform<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Performed<Result> {
        let deadline = ContinuousClock.now + configuration.retryTimeout
        var pauses = Backoff.Counter(Self.backoff)
        var isAfterUnknownCommit = false
        var hasWarned = false
        while true {
            guard !isClosed else {
                throw LedgerError(.closed, "the ledger at \(configuration) is closed: connect again")
            }
            do {
                let result = try body(try openConnection())
                return Performed(result: result, retriedAfterUnknownCommit: isAfterUnknownCommit)
            } catch let error as MariaDBError {
                if error.isConnectionLost {
                    connection = nil
                    isAfterUnknownCommit = isAfterUnknownCommit || error.isDuringCommit
                } else if !error.isTransient, error.ledgerError(at: configuration).isServerFault {
                    // The next session may reach the server that took over, or get its user's restored privileges.
                    connection = nil
                }
                guard error.isConnectionLost || error.isTransient, ContinuousClock.now < deadline else {
                    throw error
                }
                // An outage is worth one warning, not one for each attempt.
                logger.log(
                    level: error.isConnectionLost && !hasWarned ? .warning : .debug, "retrying a ledger operation",
                    metadata: ["operation": "\(operation)", "error": "\(error.message)"])
                hasWarned = hasWarned || error.isConnectionLost
                try await Task.sleep(for: pauses.next())
            }
        }
    }

    private func openConnection() throws -> MariaDBConnection {
        if let connection { return connection }
        let new = try MariaDBConnection(configuration)
        logger.log(
            level: wasConnected ? .info : .debug, "connected to the ledger", metadata: ["server": "\(configuration)"])
        wasConnected = true
        connection = new
        return new
    }
}

/// The sessions that only read, so that readers do not wait for writers. Each connects at its first use.
actor ReaderPool {
    private let sessions: [LedgerSession]
    private var running: [Int]

    /// Enough that a short read does not wait for a long one.
    private static let size = 2

    init(_ configuration: LedgerConfiguration, logger: Logger) {
        sessions = (0..<Self.size).map { _ in LedgerSession(configuration, logger: logger) }
        running = Array(repeating: 0, count: Self.size)
    }

    /// Runs `body` on the least busy session; see ``LedgerSession/perform(_:_:)``.
    func perform<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Result {
        let session = running.indices.min { running[$0] < running[$1] } ?? 0
        running[session] += 1
        defer { running[session] -= 1 }
        return try await sessions[session].perform(operation, body).result
    }

    func close() async {
        for session in sessions { await session.close() }
    }
}

/// The executor of an actor whose work blocks.
///
/// The client library blocks while it waits for the server. A serial dispatch queue gets a thread beyond those that
/// tasks share, so that no other task is held up.
final class LedgerExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "atmos.ledger")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
