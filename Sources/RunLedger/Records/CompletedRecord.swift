public import Support

/// An attempt that came to a verdict.
public struct CompletedRecord: Sendable, Hashable {
    /// Which attempt it was.
    public var run: RunningRecord
    /// Microseconds since 1970 UTC.
    public var endedAt: Int64
    /// What the model found.
    public var verdict: Verdict
    /// The model's outputs in the declared order. What is not a finite number is stored as NULL, and so are outputs that
    /// were added at the end since.
    public var outputs: [Double?]
    /// How many iterations the model took.
    public var iterations: Int?
    /// What the model says of its verdict; cut after 16,000 characters.
    public var message: String
    /// Where the files of the run are kept; cut after 2,048 characters.
    public var artifact: String?
    /// Bytes.
    public var peakMemory: Int64?
    /// The last lines of the model's log; their last 2 KiB are kept.
    public var logTail: String?
    /// How the process ended, where there was one.
    public var exitStatus: String?

    /// A verdict on the point of `run`.
    public init(
        run: RunningRecord, endedAt: Int64, verdict: Verdict, outputs: [Double?], iterations: Int? = nil,
        message: String = "", artifact: String? = nil, peakMemory: Int64? = nil, logTail: String? = nil,
        exitStatus: String? = nil
    ) {
        self.run = run
        self.endedAt = endedAt
        self.verdict = verdict
        self.outputs = outputs
        self.iterations = iterations
        self.message = message
        self.artifact = artifact
        self.peakMemory = peakMemory
        self.logTail = logTail
        self.exitStatus = exitStatus
    }
}
