/// How many jobs of a queue are in each state.
public struct QueueCounts: Sendable, Hashable {
    /// Jobs that may be leased at once.
    public var ready: Int
    /// Jobs that wait for their time: enqueued with a delay, or failed before.
    public var delayed: Int
    /// Jobs that consumers hold.
    public var leased: Int
    /// Jobs that used up their chances.
    public var dead: Int

    /// Counts; nothing anywhere by default.
    public init(ready: Int = 0, delayed: Int = 0, leased: Int = 0, dead: Int = 0) {
        self.ready = ready
        self.delayed = delayed
        self.leased = leased
        self.dead = dead
    }

    /// Jobs that still have to end.
    public var outstanding: Int { ready + delayed + leased }
}
