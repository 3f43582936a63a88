/// A consumer's exclusive, expiring claim on a job.
///
/// Copies share what ``expires`` and ``note`` say: extending or ending one copy counts for all.
public struct Lease: Sendable {
    /// The queue that the job lies in.
    public let queue: QueueName
    /// The job's id.
    public let id: String
    /// The job's payload.
    public let payload: [UInt8]
    /// The job's priority, 0 to 9.
    public let priority: Int
    /// The token of this lease, greater than that of every earlier lease in the namespace.
    public let token: FencingToken
    /// The token of the lease that forwarded this job; nil when it was enqueued directly.
    public let originToken: FencingToken?
    /// Which attempt this is: 1 plus the failures so far.
    public let attempt: Int
    /// How often the job was leased, this time included; more than 1 means that an earlier holder failed, crashed or
    /// gave it back.
    public let deliveries: Int
    /// When the job was enqueued, in microseconds since 1970 UTC by the server's clock.
    public let enqueuedAt: Int64
    /// How long the lease holds from each extension on.
    public let leaseTime: Duration

    let standing: LeaseStanding

    /// Until when this lease may be trusted, by this machine's monotonic clock: always before the server can give the job
    /// to somebody else. Extending the lease moves it.
    public var expires: ContinuousClock.Instant { standing.end }

    /// What the holder says of its work, such as how far it is, for people who look at ``HeldLease/note``; it goes to the
    /// server with the next extension. Cut to 200 bytes of UTF-8; empty for nothing.
    public var note: String {
        get { standing.note }
        nonmutating set { standing.note = newValue }
    }

    /// Whether the lease may still be trusted. False as well once it was ended, or found lost.
    public var isValid: Bool { ContinuousClock.now < expires }
}
