package import KubernetesClient
package import Logging

/// The scaler as a controller: round after round for as long as it leads.
package struct ScalerLoop: Sendable {
    private let election: LeaderElection
    private let interval: Duration
    private let logger: Logger

    /// - Parameter interval: from the end of a round to the beginning of the next.
    package init(election: LeaderElection, interval: Duration, logger: Logger) {
        self.election = election
        self.interval = interval
        self.logger = logger
    }

    /// Goes on until the task is cancelled. A round that fails is logged, and tried again after the interval.
    ///
    /// - Parameter round: one round, which says itself when it succeeded.
    /// - Throws: ``KubernetesError`` where the Lease may not be read or written, or `CancellationError`.
    package func run(_ round: @escaping @Sendable () async throws -> Void) async throws {
        try await election.run {
            while true {
                do {
                    try await round()
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    logger.error("a round failed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: interval)
            }
        }
    }
}
