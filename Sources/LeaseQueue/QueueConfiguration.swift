/// How one queue treats its jobs. Every consumer of a queue should use the same.
public struct QueueConfiguration: Sendable, Hashable {
    /// The queue's name.
    public var name: QueueName
    /// How long a lease holds unless it is extended: how long a job of a consumer that vanished waits, not how long a job
    /// may take. 30 seconds by default, at least 10 milliseconds.
    public var leaseTime: Duration
    /// How many failures make a dead letter; 1 to 10,000.
    public var maximumAttempts: Int
    /// How many leases that ran out make a dead letter; 1 to 10,000. Applied when the lease is taken back, so that a job
    /// that kills its workers kills no more than this many.
    public var maximumCrashes: Int
    /// How long a job waits after a failure.
    public var backoff: Backoff
    /// How many jobs may be in the queue, in all states together, before it takes no new ones from whoever has this
    /// configuration; nil for any number.
    ///
    /// A limit that every producer obeys, whatever its configuration, is set with ``LeaseQueues/setLimit(_:for:)``; the
    /// smaller of the two counts. It holds back new work only: forwarded jobs always land, for what is under way must be able to end.
    public var maximumJobs: Int?
    /// How many bytes a payload may have; 4 MiB by default, at most 64 MiB.
    public var maximumPayload: Int
    /// The queue that gets a job for every dead letter of this one, or nil.
    ///
    /// That job has the id `ID#dead#TOKEN` and the payload of the dead letter, priority 5, and as its origin token the
    /// last token of the dead letter. It is enqueued in the same atomic step that makes the dead letter.
    public var deadLetterNotice: QueueName?

    /// A queue with the defaults, except for what is given.
    public init(
        name: QueueName, leaseTime: Duration = .seconds(30), maximumAttempts: Int = 3, maximumCrashes: Int = 3,
        backoff: Backoff = Backoff(), maximumJobs: Int? = nil, maximumPayload: Int = 4 << 20,
        deadLetterNotice: QueueName? = nil
    ) {
        self.name = name
        self.leaseTime = leaseTime
        self.maximumAttempts = maximumAttempts
        self.maximumCrashes = maximumCrashes
        self.backoff = backoff
        self.maximumJobs = maximumJobs
        self.maximumPayload = maximumPayload
        self.deadLetterNotice = deadLetterNotice
    }

    func validate() throws {
        guard leaseTime >= .milliseconds(10) else {
            throw LeaseQueueError(
                .invalidArgument, "The lease time of queue \(name) is \(leaseTime); it must be at least 10 ms.")
        }
        guard (1...10_000).contains(maximumAttempts), (1...10_000).contains(maximumCrashes) else {
            throw LeaseQueueError(
                .invalidArgument, "maximumAttempts and maximumCrashes of queue \(name) must be from 1 to 10,000.")
        }
        guard backoff.base >= .zero, backoff.cap >= .zero else {
            throw LeaseQueueError(.invalidArgument, "The backoff of queue \(name) must not be negative.")
        }
        guard maximumJobs ?? 0 >= 0, (0...64 << 20).contains(maximumPayload) else {
            throw LeaseQueueError(
                .invalidArgument,
                "maximumJobs of queue \(name) must not be negative, maximumPayload must be from 0 to 64 MiB.")
        }
        guard deadLetterNotice != name else {
            throw LeaseQueueError(
                .invalidArgument, "Queue \(name) cannot be told of its own dead letters; name another queue.")
        }
    }
}
