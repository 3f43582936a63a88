internal import Logging

/// A session on the server that is made anew when it was lost, on a thread of its own, since the client library blocks.
actor LedgerSession {
    private let configuration: LedgerConfiguration
    private let logger: Logger
    private let thread = LedgerThread()
    /// Nil before the first use, and where it was lost and not made anew yet.
    private var connection: MariaDBConnection?
    private var wasConnected = false
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ configuration: LedgerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    deinit { thread.stop() }

    /// The result of an operation, and whether a commit of unknown outcome came before it.
    struct Performed<Result: Sendable>: Sendable {
        let result: Result
        let retriedAfterUnknownCommit: Bool
    }

    /// Connects now, rather than at the first use.
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

    /// Runs `body` on the session, again where others stood in the way or the connection was lost.
    ///
    /// Between two tries the session is free for other operations; each try is whole in itself.
    func perform<Result: Sendable>(
        _ operation: String, _ body: @Sendable (MariaDBConnection) throws -> Result
    ) async throws -> Performed<Result> {
        let deadline = ContinuousClock.now + configuration.retryTime
        var pause = RetryPause()
        var isAfterUnknownCommit = false
        var hasWarned = false
        while true {
            guard !isClosed else {
                throw LedgerError(.closed, "The ledger at \(configuration) was closed: connect anew.")
            }
            do {
                let result = try body(try openConnection())
                return Performed(result: result, retriedAfterUnknownCommit: isAfterUnknownCommit)
            } catch let error as MariaDBError {
                if error.isConnectionLost {
                    connection = nil
                    isAfterUnknownCommit = isAfterUnknownCommit || error.isDuringCommit
                }
                guard error.isConnectionLost || error.isTransient, ContinuousClock.now < deadline else {
                    throw error
                }
                // One outage is worth one warning, however often it makes us try.
                logger.log(
                    level: error.isConnectionLost && !hasWarned ? .warning : .debug, "The ledger tries again",
                    metadata: ["operation": "\(operation)", "reason": "\(error.message)"])
                hasWarned = hasWarned || error.isConnectionLost
                try await Task.sleep(for: pause.next())
            }
        }
    }

    private func openConnection() throws -> MariaDBConnection {
        if let connection { return connection }
        let new = try MariaDBConnection(configuration)
        logger.log(
            level: wasConnected ? .info : .debug, "The ledger is connected", metadata: ["url": "\(configuration)"])
        wasConnected = true
        connection = new
        return new
    }
}
