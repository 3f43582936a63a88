internal import Health
package import Logging
internal import RedisClient
internal import RunLedger
internal import ServiceLifecycle
internal import Support

/// Runs a role through faults of its surroundings: what failed is retried, less and less often, until the process shuts
/// down. See ``Fault``.
package struct RoleLoop: Sendable {
    /// A role without progress for this long is restarted. It is long enough to survive a short outage.
    package static let livenessLimit = Duration.seconds(300)

    package let logger: Logger
    /// Beats with every success.
    var heartbeat: Heartbeat?
    /// The waits between attempts during an outage.
    var backoff = Backoff(base: .milliseconds(200), cap: .seconds(5), jitter: .none)

    /// Repeats one turn of a role's work until the graceful shutdown.
    ///
    /// - Parameter turn: does the work that there is, and blocks for at most about a second if there is none.
    /// - Throws: every error that is not a fault of the surroundings.
    func run(_ turn: () async throws -> Void) async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await retryingThroughOutages(turn)
            } catch is CancellationError {
                return
            }
        }
    }

    /// Performs one operation, and repeats it for as long as a server is out of reach.
    ///
    /// - Throws: every error that is not a fault of the surroundings; `CancellationError` when the process shuts down while
    ///   this waits for the next attempt.
    func retryingThroughOutages<Result>(_ operation: () async throws -> Result) async throws -> Result {
        var waits = Backoff.Counter(backoff)
        while true {
            do {
                let result = try await operation()
                heartbeat?.beat()
                return result
            } catch  where !(error is CancellationError) && Fault(of: error) == .surroundings {
                RingMetrics.recordOutage(error)
                logger.warning("server unavailable; retrying", metadata: ["error": "\(error)"])
                let pause = waits.next()
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
            }
        }
    }
}

extension Result where Failure == any Error {
    /// The value that `body` returns, or the error that it throws.
    init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
