public import Support

/// A parameter or an output of a run, by name.
public struct NamedNumber: Sendable, Hashable {
    /// The column's name.
    public let name: String
    /// nil where the ledger holds none.
    public let value: Double?

    /// A number by its name.
    public init(name: String, value: Double?) {
        self.name = name
        self.value = value
    }
}

/// What the ledger knows of a point. Times are microseconds since 1970 UTC.
public struct RunRow: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public let hash: [UInt8]
    /// nil for a point that the ledger has heard of from its worker alone.
    public let code: String?
    /// The parameters in their declared order.
    public let parameters: [NamedNumber]
    /// Where the point is on its way.
    public let state: RunState
    /// Of a completed run.
    public let verdict: Verdict?
    /// The model's outputs in their declared order.
    public let outputs: [NamedNumber]
    /// When the point was put in the ledger.
    public let queuedAt: Int64?
    /// Of the latest attempt, as are the next ones.
    public let startedAt: Int64?
    /// When the latest attempt ended.
    public let endedAt: Int64?
    /// Seconds.
    public let runTime: Double?
    /// Who ran it.
    public let worker: String?
    /// The model's name.
    public let model: String?
    /// The model's version.
    public let modelVersion: String?
    /// The fencing token of its lease; 0 before the first.
    public let token: UInt64
    /// How many attempts there were, failures and the last one.
    public let attemptCount: Int
    /// The point that this one was reached from.
    public let parent: [UInt8]?
    /// How many iterations the model took.
    public let iterations: Int?
    /// Why the latest attempt failed.
    public let error: String?
    /// Of the model; or, of a point in state `error`, why no more attempts are made.
    public let message: String?
    /// Where the files of the run are kept.
    public let artifact: String?
}
