/// A job to enqueue or to forward.
public struct Job: Sendable, Hashable {
    /// The priorities; jobs of priority 9 are leased first.
    public static let priorities = 0...9
    /// The limit for the length of an id in bytes.
    public static let maximumIDLength = 1024

    /// Unique in its queue: an id that is ready, delayed, leased or dead there is not enqueued twice.
    /// 1 to ``maximumIDLength`` bytes of any text.
    public var id: String
    /// Any bytes, possibly none; at most ``QueueConfiguration/maximumPayload``.
    public var payload: [UInt8]
    /// 0 to 9. Jobs of priority 9 are leased first; within a priority, in the order of arrival.
    public var priority: Int
    /// The time before the job becomes ready.
    public var delay: Duration

    /// Creates a job, of priority 5 and without delay by default.
    public init(id: String, payload: [UInt8], priority: Int = 5, delay: Duration = .zero) {
        self.id = id
        self.payload = payload
        self.priority = priority
        self.delay = delay
    }

    func validate(for queue: QueueConfiguration) throws {
        guard (1...Self.maximumIDLength).contains(id.utf8.count) else {
            throw LeaseQueueError(
                .invalidArgument, "invalid job id: expected 1 to \(Self.maximumIDLength) bytes, not \(id.utf8.count)")
        }
        guard payload.count <= queue.maximumPayload else {
            throw LeaseQueueError(
                .payloadTooLarge,
                "the payload of job '\(id)' has \(payload.count) bytes, but queue '\(queue.name)' accepts at most "
                    + "\(queue.maximumPayload); store the data elsewhere and put its address into the payload, or "
                    + "raise maximumPayload")
        }
        guard Self.priorities.contains(priority) else {
            throw LeaseQueueError(
                .invalidArgument, "invalid priority \(priority) of job '\(id)': expected 0 to 9")
        }
        guard delay >= .zero else {
            throw LeaseQueueError(.invalidArgument, "negative delay of job '\(id)'")
        }
    }
}

/// The state of a job.
public enum JobState: Sendable, Hashable {
    /// The job may be leased, after ready jobs of higher priority.
    case ready(priority: Int)
    /// The job is not due yet. `dueIn` is negative if it is due, but no consumer has asked for jobs since then.
    case delayed(dueIn: Duration)
    /// A consumer holds the job.
    /// - `age`: the time since it was leased.
    /// - `timeLeft`: the time until the lease expires; negative if it has expired, but no consumer has asked for jobs
    ///   since.
    /// - `note`: the holder's note of its last heartbeat; empty if there is none.
    case leased(holder: String, token: FencingToken, age: Duration, timeLeft: Duration, note: String)
    /// The job has used up its attempts or its crashes.
    case dead
}

/// A page of the ids of a queue's jobs.
public struct JobIDPage: Sendable, Hashable {
    /// The position where a page begins. It stays valid for the queue that it came from.
    public struct Cursor: RawRepresentable, Sendable, Hashable {
        /// The server's name for the position.
        public let rawValue: String

        /// Creates a cursor from a stored ``rawValue``.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// The ids; pages after an empty one may have ids.
    public let ids: [String]
    /// The position of the next page; `nil` after the last one.
    public let next: Cursor?

    /// Creates a page.
    public init(ids: [String], next: Cursor?) {
        self.ids = ids
        self.next = next
    }
}

/// A job that may be leased.
public struct ReadyJob: Sendable, Hashable {
    /// The job's id.
    public let id: String
    /// The job's payload.
    public let payload: [UInt8]
    /// 0 to 9.
    public let priority: Int
    /// Identifies the time that the job spends among the ready jobs. It differs after the job was leased, retried by an
    /// operator, or enqueued again. Use it only for comparison.
    public let delivery: String

    /// - Parameters:
    ///   - id: the job's id.
    ///   - record: the job's record.
    ///   - history: the length of the job's history.
    init(id: String, record: JobRecord, history: Int) {
        self.id = id
        payload = record.payload
        priority = record.priority
        delivery = [Int(record.enqueuedAt), record.failures, record.crashes, record.releases, history]
            .map(String.init).joined(separator: ".")
    }
}

/// A job's record on the server: a head of 21 bytes, described in `record.lua`, and the payload.
struct JobRecord {
    private static let headLength = 21

    let priority: Int
    let failures: Int
    let crashes: Int
    let releases: Int
    let enqueuedAt: Int64
    let originToken: FencingToken?
    let payload: [UInt8]

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headLength else { return nil }
        priority = Int(bytes[0] % 16)
        failures = Int(Self.number(bytes[1..<3]))
        crashes = Int(Self.number(bytes[3..<5]))
        releases = Int(Self.number(bytes[5..<7]))
        enqueuedAt = Int64(Self.number(bytes[7..<14]))
        let origin = Self.number(bytes[14..<21])
        originToken = origin == 0 ? nil : FencingToken(rawValue: origin)
        payload = Array(bytes[Self.headLength...])
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
