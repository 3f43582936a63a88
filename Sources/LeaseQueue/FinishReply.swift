/// What came of one outcome.
public enum FinishResult: Sendable, Hashable {
    /// It counts.
    case done
    /// It counted before: this very token ended its lease earlier, and the reply to that was lost or not looked at.
    case alreadyDone
    /// It changed nothing: the lease had been lost, and another consumer may have the job.
    case stale
}

/// What came of ending leases, and the next ones.
public struct FinishReply: Sendable {
    /// What came of each outcome, in their order.
    public let results: [FinishResult]
    /// Whether each outcome made its job a dead letter, in their order.
    public let deadLettered: [Bool]
    /// The next jobs.
    public let next: LeaseReply
}
