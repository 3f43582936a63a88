package import Health
package import Logging
internal import RedisClient
internal import RunLedger
internal import ServiceLifecycle
internal import Support
internal import Synchronization

/// Runs a role through faults of its surroundings: what failed is retried, less and less often, until the process shuts
/// down. See ``Fault``.
package struct RoleLoop: Sendable {
    /// A role without progress for this long is restarted. It is long enough to survive a short outage.
    package static let livenessLimit = Duration.seconds(300)

    package let logger: Logger
    /// Beats with every success.
    var heartbeat: Heartbeat?
    /// Is notified of the error that the role waits for.
    var status: OutageStatus?
    /// The waits between attempts during an outage.
    var backoff = Backoff(base: .milliseconds(200), cap: .seconds(5), jitter: .none)
    /// Whether the shutdown of the process ends the wait.
    private var endsAtShutdown = true

    init(logger: Logger, heartbeat: Heartbeat? = nil, status: OutageStatus? = nil) {
        self.logger = logger
        self.heartbeat = heartbeat
        self.status = status
    }

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
                status?.failure = nil
                return result
            } catch  where !(error is CancellationError) && Fault(of: error) == .surroundings {
                RingMetrics.recordOutage(error)
                status?.failure = "\(error)"
                logger.warning("server unavailable; retrying", metadata: ["error": "\(error)"])
                let pause = waits.next()
                if endsAtShutdown {
                    try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
                } else {
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    /// Performs one operation as ``retryingThroughOutages(_:)`` does, and lets it finish if the process shuts down during it.
    ///
    /// If the task is cancelled for another reason, the operation is cancelled at once.
    ///
    /// - Parameter grace: the time from the shutdown until the operation is cancelled.
    /// - Throws: as ``retryingThroughOutages(_:)`` does.
    func finishing<Result: Sendable>(
        within grace: Duration, _ operation: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        var loop = self
        loop.endsAtShutdown = false
        let (cancellation, cancelled) = AsyncStream.makeStream(of: Never.self)
        // Separate tasks, because the cancellation of this one must reach the operation later.
        let task = Task { [loop] in try await loop.retryingThroughOutages(operation) }
        let watch = Task {
            for await _ in cancellation {}
            if Task.isShuttingDownGracefully { try? await Task.sleep(for: grace) }
            task.cancel()
        }
        defer { watch.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            cancelled.finish()
        }
    }
}

/// The outage that a role waits for, which makes it not ready.
package final class OutageStatus: Sendable {
    private let state = Mutex<String?>(nil)

    package init() {}

    /// The error of the latest attempt; `nil` if it succeeded.
    package internal(set) var failure: String? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Fails while an operation is being retried.
    ///
    /// - Parameter name: the name of the server or store for users.
    package func check(_ name: String) -> Health.Check {
        Health.Check(name) {
            if let failure = self.failure { throw SettingError(description: failure) }
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
