internal import Logging
internal import RedisClient
internal import Synchronization

/// The connection for heartbeats, made with the first one. Every heartbeat is tried once, within a time limit.
final class HeartbeatConnection: Sendable {
    /// The shortest time limit: a busy machine takes this long even for short leases.
    private static let shortestLimit = Duration.milliseconds(250)

    private let configuration: RedisConfiguration
    private let logger: Logger
    private let connection = Mutex<RedisConnection?>(nil)

    /// - Parameter limit: the time limit for connecting and for a reply, unless the configuration has a shorter one.
    init(to configuration: RedisConfiguration, limit: Duration, logger: Logger) {
        var configuration = configuration
        let limit = max(limit, Self.shortestLimit)
        configuration.connectTimeout = min(configuration.connectTimeout, limit)
        configuration.commandTimeout = min(configuration.commandTimeout, limit)
        self.configuration = configuration
        self.logger = logger
    }

    /// Runs a script once.
    /// - Returns: the reply, and a time before its request was sent.
    /// - Throws: `RedisError`.
    func evaluate(
        _ script: RedisScript, _ invocation: RedisInvocation
    ) async throws -> (reply: RedisValue, sent: ContinuousClock.Instant) {
        let connection = try await connected()
        let sent = ContinuousClock.now
        return (try await connection.evaluate(script, invocation), sent)
    }

    private func connected() async throws -> RedisConnection {
        if let connection = connection.withLock({ $0 }) { return connection }
        let new = try await RedisConnection.connect(to: configuration, logger: logger)
        return connection.withLock { connection in
            let kept = connection ?? new
            connection = kept
            return kept
        }
    }
}
