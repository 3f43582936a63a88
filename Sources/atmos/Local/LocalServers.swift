internal import LocalStack
internal import Logging
internal import RedisClient
internal import RunLedger
internal import SystemPackage

/// The private servers of an exploration's folder.
struct LocalServers: Sendable {
    let redis: PrivateRedis
    let mariadb: PrivateMariaDB
    private let logger: Logger

    init(folder: DataFolder, logger: Logger) {
        redis = PrivateRedis(folder: folder.redis, logger: logger)
        mariadb = PrivateMariaDB(folder: folder.mariadb, logger: logger)
        self.logger = logger
    }

    /// The URL of the ledger's database on the private MariaDB.
    var ledgerURL: String { mariadb.url(database: "atmos") }

    func redisConfiguration() throws -> RedisConfiguration {
        try RedisConfiguration(url: redis.url)
    }

    func ledgerConfiguration() throws -> LedgerConfiguration {
        try LedgerConfiguration(url: ledgerURL)
    }

    /// Runs both servers for as long as `body` takes, then stops them in order.
    ///
    /// A server that ends while `body` runs is started again.
    func run<Result: Sendable>(_ body: @Sendable @escaping () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await keepRunning("Redis", redis.run) }
            group.addTask { try await keepRunning("MariaDB", mariadb.run) }
            group.addTask {
                try await redis.waitUntilReady()
                try await mariadb.waitUntilReady()
                return try await body()
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    /// Runs a server again whenever it ends; gives up when it does not come up at all, or never for long.
    private func keepRunning<Result>(
        _ name: String, _ run: @Sendable @escaping () async throws -> Void
    ) async throws -> Result? {
        var shortLives = 0
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await run()
            } catch {
                shortLives = start.duration(to: .now) < .seconds(2) ? shortLives + 1 : 0
                guard shortLives < 5 else { throw error }
                logger.warning("\(name) ended and is started again", metadata: ["error": "\(error)"])
            }
        }
        return nil
    }
}
