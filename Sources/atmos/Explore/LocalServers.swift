internal import LocalStack
internal import Logging
internal import RedisClient
internal import RunLedger
internal import Support
internal import SystemPackage

/// The private Redis and MariaDB of an exploration's folder.
struct LocalServers: Sendable {
    let redis: PrivateRedis
    let mariadb: PrivateMariaDB
    private let logger: Logger

    /// - Throws: ``SettingError`` if the environment names a file that cannot be read.
    init(folder: DataFolder, logger: Logger) throws {
        let options = try EnvironmentSetting.value(variable: EnvironmentNames.mariaDBOptions) ?? ""
        redis = PrivateRedis(folder: folder.redis, logger: logger)
        mariadb = PrivateMariaDB(
            folder: folder.mariadb, options: options.split(separator: " ").map(String.init), logger: logger)
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

    /// Runs both servers for as long as `body` takes, then stops them gracefully.
    ///
    /// A server that ends while `body` runs is restarted. If the task is cancelled, the servers keep running until
    /// `body` has ended.
    func run<Result: Sendable>(_ body: @Sendable @escaping () async throws -> Result) async throws -> Result {
        let (failures, failed) = AsyncStream.makeStream(of: (any Error).self)
        // Unstructured tasks, since the cancellation of a task group would reach the servers at once; awaited below.
        let servers = [(name: "Redis", run: redis.run), (name: "MariaDB", run: mariadb.run)].map { server in
            Task { if let failure = await keepRunning(server.name, server.run) { failed.yield(failure) } }
        }
        let result = await outcome(of: body, failures)
        for server in servers { server.cancel() }
        for server in servers { await server.value }
        return try result.get()
    }

    private func outcome<Result: Sendable>(
        of body: @Sendable @escaping () async throws -> Result, _ failures: AsyncStream<any Error>
    ) async -> Swift.Result<Result, any Error> {
        await withTaskGroup(of: Swift.Result<Result, any Error>?.self) { group in
            group.addTask {
                do {
                    try await redis.waitUntilReady()
                    try await mariadb.waitUntilReady()
                    return .success(try await body())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                for await failure in failures { return .failure(failure) }
                return nil
            }
            while let result = await group.next() {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            return .failure(CancellationError())
        }
    }

    /// Restarts a server whenever it ends.
    ///
    /// - Returns: the error of a server that ended within two seconds ten times in a row; `nil` if it was stopped.
    private func keepRunning(_ name: String, _ run: @Sendable () async throws -> Void) async -> (any Error)? {
        var shortLives = Backoff.Counter(Backoff(base: .milliseconds(50), cap: .milliseconds(500), jitter: .none))
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await run()
            } catch {
                logger.warning("server ended, restarting it", metadata: ["server": "\(name)", "error": "\(error)"])
                guard start.duration(to: .now) < .seconds(2) else {
                    shortLives.reset()
                    continue
                }
                let pause = shortLives.next()
                if shortLives.failures == 10 { return error }
                try? await Task.sleep(for: pause)
            }
        }
        return nil
    }
}
