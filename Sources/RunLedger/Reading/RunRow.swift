public import Support

/// The state of a point. States only move forward: `completed` is final; before it, the greater fencing token wins, and
/// within one token `error` comes after `running`. `queued` comes before every token.
public enum RunState: String, Sendable, Hashable, CaseIterable {
    case queued
    case running
    /// The latest attempt failed. Another may follow.
    case error
    case completed
}

/// The numbers of points in each state.
public struct LedgerProgress: Sendable, Hashable {
    /// Waiting points.
    public var queued = 0
    /// Points that are being run.
    public var running = 0
    /// Points whose latest attempt failed.
    public var error = 0
    /// Points with the verdict `stable`.
    public var stable = 0
    /// Points with the verdict `unstable`.
    public var unstable = 0

    /// Points with a verdict.
    public var completed: Int { stable + unstable }
    /// All points.
    public var total: Int { queued + running + error + completed }

    /// Creates counts of points by state.
    public init(queued: Int = 0, running: Int = 0, error: Int = 0, stable: Int = 0, unstable: Int = 0) {
        self.queued = queued
        self.running = running
        self.error = error
        self.stable = stable
        self.unstable = unstable
    }
}

/// A parameter or an output of a run, by name.
public struct NamedNumber: Sendable, Hashable {
    /// The column's name.
    public let name: String
    /// The value; `nil` for NULL.
    public let value: Double?

    /// Creates a number with a name.
    public init(name: String, value: Double?) {
        self.name = name
        self.value = value
    }
}

/// The ledger's data of a point. Times are microseconds since 1970 UTC.
public struct RunRow: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public let hash: [UInt8]
    /// The parameters as text; `nil` for a point that the ledger only knows from its worker.
    public let code: String?
    /// The parameters in their declared order.
    public let parameters: [NamedNumber]
    /// The point's state.
    public let state: RunState
    /// The verdict of a completed run.
    public let verdict: Verdict?
    /// The model's outputs in their declared order.
    public let outputs: [NamedNumber]
    /// The time at which the point was inserted.
    public let queuedAt: Int64?
    /// The start of the latest attempt, which the next properties describe too.
    public let startedAt: Int64?
    /// The end of the latest attempt.
    public let endedAt: Int64?
    /// In seconds.
    public let runTime: Double?
    /// The worker.
    public let worker: String?
    /// The model's name.
    public let model: String?
    /// The model's version.
    public let modelVersion: String?
    /// The fencing token of its lease; 0 before the first.
    public let token: UInt64
    /// The number of attempts: failures and the last one.
    public let attemptCount: Int
    /// The hash of the point that this one was reached from.
    public let parent: [UInt8]?
    /// The model's number of iterations.
    public let iterations: Int?
    /// The error of the latest attempt.
    public let error: String?
    /// The model's message; in state `error`, the reason why no more attempts are made.
    public let message: String?
    /// The URL of the run's files.
    public let artifact: String?
}

/// The ledger's data of one attempt at a point. Times are microseconds since 1970 UTC.
public struct AttemptRow: Sendable, Hashable {
    /// The state of an attempt.
    public enum State: String, Sendable {
        case running
        /// It never ended: a later attempt started, or no more are made.
        case lost
        case error
        case completed
    }

    /// The fencing token of its lease.
    public let token: UInt64
    /// 1 plus the failures before it.
    public let attempt: Int
    /// The attempt's state.
    public let state: State
    /// The worker.
    public let worker: String
    /// The machine.
    public let host: String
    /// The model's name.
    public let model: String
    /// The model's version.
    public let modelVersion: String
    /// The start.
    public let startedAt: Int64
    /// The end, if it is known.
    public let endedAt: Int64?
    /// The kind of failure.
    public let kind: String?
    /// The failure, or the model's explanation of its verdict.
    public let message: String?
    /// The end of the log: 64 KiB for a failure, else 2 KiB.
    public let logTail: String?
    /// The exit status or signal of the process, if there was one.
    public let exitStatus: String?
    /// In bytes.
    public let peakMemory: Int64?
    /// The URL of its files.
    public let artifact: String?
    /// The Kubernetes pod.
    public let pod: String?
    /// The node of the cluster.
    public let node: String?
    /// The digest of the worker's exploration definition.
    public let explorationDigest: String?
    /// The version of the worker's software.
    public let softwareVersion: String?
}
