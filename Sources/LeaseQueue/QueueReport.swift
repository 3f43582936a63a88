/// What is to be known of a queue as a whole.
public struct QueueReport: Sendable, Hashable {
    /// A consumer that was seen lately.
    public struct Consumer: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// How long ago it leased, ended or extended something; up to five seconds too long.
        public let lastSeen: Duration
    }

    /// How many jobs are in each state.
    public let counts: QueueCounts
    /// What was set for its consumers.
    public let control: ControlState
    /// How many more jobs may end; nil is no limit.
    public let budget: Int?
    /// How many jobs the queue may hold before it takes no new ones, as ``LeaseQueues/setLimit(_:for:)`` set it for every
    /// producer; nil is no limit.
    public let limit: Int?
    /// How long ago the oldest was enqueued of the jobs that are next in their priorities; nil when none is ready.
    public let oldestReadyAge: Duration?
    /// What happened in the last 60 seconds.
    public let lastMinute: QueueRates
    /// What happened in the last 59 to 60 minutes.
    public let lastHour: QueueRates
    /// The consumers, whoever was seen last first; of the thousand that are known the first hundred.
    public let consumers: [Consumer]
}
