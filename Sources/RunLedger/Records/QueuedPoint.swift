/// A point to be put in the ledger.
public struct QueuedPoint: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public var hash: [UInt8]
    /// The values as text, in the declared order; up to 1,000 characters.
    public var code: String
    /// The values in the declared order, all finite.
    public var values: [Double]
    /// The point that this one was reached from.
    public var parent: [UInt8]?

    /// A point, new or not.
    public init(hash: [UInt8], code: String, values: [Double], parent: [UInt8]? = nil) {
        self.hash = hash
        self.code = code
        self.values = values
        self.parent = parent
    }
}

/// What became of a point that was to be inserted.
public enum InsertOutcome: Sendable, Hashable {
    /// It is new.
    case inserted
    /// It was there before, in this state.
    case known(RunState)
}

/// The outcomes of a batch of insertions.
public struct InsertReply: Sendable, Hashable {
    /// One for each point, in the given order.
    public var outcomes: [InsertOutcome]
    /// Whether the connection broke during a commit of this very batch, so that it was written again without knowing
    /// whether the first try had landed. Then `known(.queued)` may mean that this call inserted the point: treat it as
    /// a redelivery, not as somebody else's.
    public var retriedAfterUnknownCommit: Bool

    /// The reply to a batch.
    public init(outcomes: [InsertOutcome], retriedAfterUnknownCommit: Bool) {
        self.outcomes = outcomes
        self.retriedAfterUnknownCommit = retriedAfterUnknownCommit
    }
}
