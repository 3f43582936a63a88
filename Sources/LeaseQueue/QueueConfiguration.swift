public import Support

/// The settings of one queue. All consumers of a queue should use the same.
public struct QueueConfiguration: Sendable, Hashable {
    /// The queue's name.
    public var name: QueueName
    /// The time after which a lease expires unless it is extended: the time for which the job of a consumer that died
    /// is blocked, not a limit for the work. 30 seconds by default, at least 10 milliseconds.
    public var leaseTime: Duration
    /// The failures that make a job a dead letter; 1 to 10,000.
    public var maximumAttempts: Int
    /// The expired leases within a day that make a job a dead letter; 1 to 10,000. Applied when a lease is taken back, so
    /// that a job that kills its workers kills no more than this many a day.
    public var maximumCrashes: Int
    /// The wait after a failure.
    public var backoff: Backoff
    /// The jobs, in all states together, from which on the queue refuses new ones of producers with this configuration;
    /// `nil` for no limit.
    ///
    /// ``LeaseQueues/setLimit(_:for:)`` sets a limit for all producers; the smaller of the two counts. Both refuse new
    /// work only: forwarded jobs are always accepted, so that work that was begun can end.
    public var maximumJobs: Int?
    /// The limit for the length of a payload in bytes; 4 MiB by default, at most 64 MiB.
    public var maximumPayload: Int
    /// The queue that gets a job for every dead letter of this one, if any.
    ///
    /// That job has the id `ID#dead#TOKEN`, the payload of the dead letter, priority 5, and the last token of the dead
    /// letter as its origin token. It is enqueued in the same atomic step that makes the job a dead letter.
    public var deadLetterNotice: QueueName?

    /// Creates a configuration.
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
                .invalidArgument, "the lease time of queue '\(name)' is \(leaseTime); it must be at least 10 ms")
        }
        guard (1...10_000).contains(maximumAttempts), (1...10_000).contains(maximumCrashes) else {
            throw LeaseQueueError(
                .invalidArgument, "maximumAttempts and maximumCrashes of queue '\(name)' must be from 1 to 10,000")
        }
        guard backoff.base >= .zero, backoff.cap >= .zero else {
            throw LeaseQueueError(.invalidArgument, "the backoff of queue '\(name)' must not be negative")
        }
        guard maximumJobs ?? 0 >= 0, (0...64 << 20).contains(maximumPayload) else {
            throw LeaseQueueError(
                .invalidArgument,
                "maximumJobs of queue '\(name)' must not be negative, and maximumPayload must be from 0 to 64 MiB")
        }
        guard deadLetterNotice != name else {
            throw LeaseQueueError(
                .invalidArgument, "queue '\(name)' cannot get notices of its dead letters; name another queue")
        }
    }
}

/// The name of a queue: one or more of `a…z`, `0…9` and `_`.
public struct QueueName: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    /// The name.
    public let rawValue: String

    /// Creates a name; `nil` if it is invalid.
    public init?(rawValue: String) {
        let isName = rawValue.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard isName, (1...64).contains(rawValue.utf8.count) else { return nil }
        self.rawValue = rawValue
    }

    /// Creates a name from a literal; an invalid one is a programming error.
    public init(stringLiteral value: String) {
        guard let name = Self(rawValue: value) else { preconditionFailure("invalid queue name '\(value)'") }
        self = name
    }

    /// The name.
    public var description: String { rawValue }
}
