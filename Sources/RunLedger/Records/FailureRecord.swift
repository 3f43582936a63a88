/// An attempt that failed.
public struct FailureRecord: Sendable, Hashable {
    /// Which attempt it was.
    public var run: RunningRecord
    /// Microseconds since 1970 UTC.
    public var endedAt: Int64
    /// What kind of failure, in a word: `timeout`, `signal`, `exit`.
    public var kind: String
    /// What happened, in a sentence; cut after 16,000 characters.
    public var message: String
    /// The end of the model's log; its last 64 KiB are kept.
    public var logTail: String
    /// How the process ended, where there was one.
    public var exitStatus: String?
    /// Bytes.
    public var peakMemory: Int64?

    /// A failure of the attempt `run`.
    public init(
        run: RunningRecord, endedAt: Int64, kind: String, message: String, logTail: String, exitStatus: String? = nil,
        peakMemory: Int64? = nil
    ) {
        self.run = run
        self.endedAt = endedAt
        self.kind = kind
        self.message = message
        self.logTail = logTail
        self.exitStatus = exitStatus
        self.peakMemory = peakMemory
    }
}

/// No more attempts are made at a point: its job is a dead letter.
public struct ExhaustedRecord: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public var hash: [UInt8]
    /// The fencing token of the job's last lease, 1 at least.
    public var token: UInt64
    /// Why, in a sentence; cut after 16,000 characters.
    public var message: String

    /// The end of all attempts at the point with this hash.
    public init(hash: [UInt8], token: UInt64, message: String) {
        self.hash = hash
        self.token = token
        self.message = message
    }
}
