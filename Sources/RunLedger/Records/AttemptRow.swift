/// One try at a point. Times are microseconds since 1970 UTC.
public struct AttemptRow: Sendable, Hashable {
    /// What became of an attempt.
    public enum State: String, Sendable {
        case running
        /// It never ended: a later attempt began, or no more are made.
        case lost
        case error
        case completed
    }

    /// The fencing token of its lease.
    public let token: UInt64
    /// 1 plus the failures before it.
    public let attempt: Int
    /// What became of it.
    public let state: State
    /// Who ran it.
    public let worker: String
    /// The machine that it ran on.
    public let host: String
    /// The model's name.
    public let model: String
    /// The model's version.
    public let modelVersion: String
    /// When it began.
    public let startedAt: Int64
    /// When it ended, where that is known.
    public let endedAt: Int64?
    /// What kind of failure.
    public let kind: String?
    /// What happened, or what the model said of its verdict.
    public let message: String?
    /// The end of the log: 64 KiB of a failure's, 2 KiB of any other.
    public let logTail: String?
    /// How the process ended, where there was one.
    public let exitStatus: String?
    /// Bytes.
    public let peakMemory: Int64?
    /// Where the files that it left are kept.
    public let artifact: String?
    /// The Kubernetes pod that it ran in.
    public let pod: String?
    /// The node of the cluster that it ran on.
    public let node: String?
    /// The digest of the exploration's definition that its worker went by.
    public let explorationDigest: String?
    /// The version of its worker's software.
    public let softwareVersion: String?
}
