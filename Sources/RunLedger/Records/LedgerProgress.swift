/// How many points of an exploration are in which state.
public struct LedgerProgress: Sendable, Hashable {
    /// Points that wait.
    public var queued = 0
    /// Points that are being run.
    public var running = 0
    /// Points whose latest attempt failed.
    public var error = 0
    /// Completed with this verdict, as is `unstable`.
    public var stable = 0
    /// Completed with this verdict.
    public var unstable = 0

    /// Points with a verdict.
    public var completed: Int { stable + unstable }
    /// All points.
    public var total: Int { queued + running + error + completed }

    /// Counts of points by state.
    public init(queued: Int = 0, running: Int = 0, error: Int = 0, stable: Int = 0, unstable: Int = 0) {
        self.queued = queued
        self.running = running
        self.error = error
        self.stable = stable
        self.unstable = unstable
    }
}
