internal import KubernetesClient

/// Knows when a suspension has reached whoever leads: pure, without I/O; time is a parameter.
struct SuspensionWatch: Sendable {
    private var watch = LeaseWatch(staleAfter: LeaderElection.Timing().duration)

    /// Whether no leader can be making anything any more: the one there is has answered, or there is none, and the next one
    /// hears of the suspension before it makes anything.
    ///
    /// - Parameters:
    ///   - suspension: the one that there is now: who was suspended twice has heard of the first with the second. Nil where
    ///     the Deployment that it stood on has gone.
    ///   - lease: the scalers' Lease; nil where there is none.
    ///   - now: before the Lease was asked for.
    mutating func isHeard(
        _ suspension: Suspension?, seeing lease: LeaseObject?, at now: ContinuousClock.Instant
    ) -> Bool {
        guard let lease else { return true }
        return suspension?.isAnswered(by: lease) == true || watch.holder(of: lease, at: now) == nil
    }
}
