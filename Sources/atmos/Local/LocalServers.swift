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
    /// A server that ends before its time is started again; one that cannot be started at all ends `body`.
    func run<Result: Sendable>(_ body: @Sendable @escaping () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await keepRunning("Redis", redis.run, ready: redis.waitUntilReady) }
            group.addTask { try await keepRunning("MariaDB", mariadb.run, ready: mariadb.waitUntilReady) }
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

    /// Restarts a server for as long as it comes up again each time.
    private func keepRunning<Result>(
        _ name: String, _ run: @Sendable @escaping () async throws -> Void,
        ready: @Sendable @escaping () async throws -> Void
    ) async throws -> Result? {
        while !Task.isCancelled {
            let wasReady = Task { (try? await ready()) != nil }
            do {
                try await run()
            } catch {
                guard await wasReady.value else { throw error }
                logger.warning("\(name) ended and is started again", metadata: ["error": "\(error)"])
            }
        }
        return nil
    }
}
