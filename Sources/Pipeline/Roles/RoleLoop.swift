internal import CoreMetrics
internal import Health
package import Logging
internal import ServiceLifecycle

/// Goes on through any outage of a server: what is out of reach now is tried again, ever less often, until the process
/// is told to shut down.
package struct RoleLoop: Sendable {
    /// How long a loop that is well may go on without success: an outage of a minute is no reason to restart a role.
    package static let patience = Duration.seconds(300)

    package let logger: Logger
    /// Beats with everything that succeeds.
    var heartbeat: Heartbeat?
    /// How long to wait after an outage: doubled each time up to the greatest.
    var firstPause: Duration = .milliseconds(200)
    var greatestPause: Duration = .seconds(5)

    /// Repeats a turn of a role's work until the graceful shutdown.
    ///
    /// - Parameter turn: does what there is to do, and blocks for at most about a second where there is nothing.
    /// - Throws: what is not an outage of a server.
    func run(_ turn: () async throws -> Void) async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await insist(turn)
            } catch is CancellationError {
                return
            }
        }
    }

    /// Does one thing, however often a server is out of reach.
    ///
    /// - Throws: what is not an outage of a server; `CancellationError` once there is no time left.
    func insist<Result>(_ operation: () async throws -> Result) async throws -> Result {
        var pause = firstPause
        while true {
            do {
                let result = try await operation()
                heartbeat?.beat()
                return result
            } catch  where Outage.isOne(error) {
                RingMetrics.outages.increment()
                logger.warning("a server is out of reach; trying again", metadata: ["error": "\(error)"])
                try await cancelWhenGracefulShutdown { [pause] in try await Task.sleep(for: pause) }
                pause = min(pause * 2, greatestPause)
            }
        }
    }
}
