/// A summary of a queue.
public struct QueueReport: Sendable, Hashable {
    /// A consumer that was active recently.
    public struct Consumer: Sendable, Hashable {
        /// The consumer's name.
        public let name: String
        /// The time since it leased, ended or extended a lease; up to five seconds too long.
        public let lastSeen: Duration
    }

    /// The number of jobs in each state.
    public let counts: QueueCounts
    /// The control state that was set.
    public let control: ControlState
    /// The number of jobs that may still end; `nil` if there is no limit.
    public let budget: Int?
    /// The limit for the jobs in the queue that ``LeaseQueues/setLimit(_:for:)`` set; `nil` if there is none.
    public let limit: Int?
    /// The time since the oldest of the next jobs of each priority was enqueued; `nil` if no job is ready.
    public let oldestReadyAge: Duration?
    /// The events of the last 60 seconds.
    public let lastMinute: QueueRates
    /// The events of the last 59 to 60 minutes.
    public let lastHour: QueueRates
    /// The last hundred active consumers, the last one first.
    public let consumers: [Consumer]
}

/// The number of a queue's jobs in each state.
public struct QueueCounts: Sendable, Hashable {
    /// Jobs that may be leased at once.
    public var ready: Int
    /// Jobs that are not due yet: enqueued with a delay, or failed before.
    public var delayed: Int
    /// Jobs that consumers hold.
    public var leased: Int
    /// Jobs that have used up their attempts or their crashes.
    public var dead: Int

    /// Creates counts; zero by default.
    public init(ready: Int = 0, delayed: Int = 0, leased: Int = 0, dead: Int = 0) {
        self.ready = ready
        self.delayed = delayed
        self.leased = leased
        self.dead = dead
    }

    /// The jobs that have not ended.
    public var outstanding: Int { ready + delayed + leased }
}

/// The number of events in a queue during a period.
public struct QueueRates: Sendable, Hashable, Codable {
    /// New jobs that were enqueued or forwarded.
    public var enqueued = 0
    /// Jobs that were leased.
    public var leased = 0
    /// Jobs that were completed.
    public var completed = 0
    /// Attempts that failed.
    public var failed = 0
    /// Leases that expired.
    public var crashed = 0
    /// Jobs that were released.
    public var released = 0
    /// Jobs that became dead letters.
    public var dead = 0

    /// Creates rates; zero by default.
    public init() {}
}

/// A queue's totals at some time, as `totals.lua` describes them.
struct QueueTotals {
    static let width = 47
    /// The second since 1970 in which they last changed; in a slot, the second whose first change they precede.
    let second: UInt64
    private let numbers: [UInt64]

    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.width else { return nil }
        func number(_ from: Int, _ count: Int) -> UInt64 {
            bytes.dropFirst(from).prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
        second = number(0, 5)
        numbers = (0..<7).map { number(5 + 6 * $0, 6) }
    }

    /// The events after `before`.
    func since(_ before: QueueTotals) -> QueueRates {
        let differences = zip(numbers, before.numbers).map { Int($0 &- $1) }
        var rates = QueueRates()
        rates.enqueued = differences[0]
        rates.leased = differences[1]
        rates.completed = differences[2]
        rates.failed = differences[3]
        rates.crashed = differences[4]
        rates.released = differences[5]
        rates.dead = differences[6]
        return rates
    }

    /// The events after a second: the difference between the totals and those before the first change in that time.
    /// - Parameters:
    ///   - now: the current totals.
    ///   - slots: 60 slots, each as long as totals or empty.
    ///   - second: the second since 1970 after which events count.
    static func rates(_ now: QueueTotals?, slots: ArraySlice<UInt8>, after second: Int) -> QueueRates {
        let starts = stride(from: slots.startIndex, to: slots.endIndex, by: width)
        let changes = starts.compactMap { QueueTotals(slots[$0..<Swift.min($0 + width, slots.endIndex)]) }
        guard let now, let first = changes.filter({ $0.second > second }).min(by: { $0.second < $1.second }) else {
            return QueueRates()
        }
        return now.since(first)
    }
}
