internal import RedisClient

/// The names of all keys. Everything of one namespace has the same hash tag, so that it is in one slot of a cluster.
struct NamespaceKeys: Sendable {
    let namespace: String

    init(_ namespace: String) throws {
        let isName = namespace.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isName, (1...128).contains(namespace.utf8.count) else {
            throw LeaseQueueError(
                .invalidArgument,
                "invalid namespace '\(namespace)': expected 1 to 128 letters, digits and the characters : _ - .")
        }
        self.namespace = namespace
    }

    /// A hash: `token`, the last fencing token; for each queue `totals:QUEUE`, and, if they were set, `state:QUEUE`,
    /// `budget:QUEUE`, `limit:QUEUE` and `purge:QUEUE`; `calls`, `gaps` and `gaps:QUEUE`, as `gaps.lua` describes them;
    /// `fences` for a while after replies were lost.
    var control: String { "{\(namespace)}:control" }

    func queue(_ name: QueueName) -> QueueKeys {
        QueueKeys(prefix: "{\(namespace)}:\(name)")
    }

    static let modelField = "model"
    static func stateField(_ queue: QueueName) -> String { "state:\(queue)" }
    static func budgetField(_ queue: QueueName) -> String { "budget:\(queue)" }
    static func limitField(_ queue: QueueName) -> String { "limit:\(queue)" }
}

/// The names of one queue's keys.
struct QueueKeys: Sendable {
    let prefix: String

    /// A hash: the record of every job by its id.
    var jobs: String { "\(prefix):jobs" }
    /// A hash: for every leased job by its id a record of the holder, as ``HolderRecord`` describes it.
    var held: String { "\(prefix):held" }
    /// A sorted set: leased jobs by when the lease expires, in milliseconds since 1970.
    var leases: String { "\(prefix):leases" }
    /// A sorted set: delayed jobs by when they are due, in milliseconds since 1970.
    var delayed: String { "\(prefix):delayed" }
    /// A sorted set: dead letters by when they died, in milliseconds since 1970.
    var dead: String { "\(prefix):dead" }
    /// A hash: the history of every job that failed or crashed, by its id.
    var errors: String { "\(prefix):errors" }
    /// A list of at most one element, on which idle consumers wait.
    var wake: String { "\(prefix):wake" }
    /// A string: the totals when the last 60 seconds and the last 60 minutes began.
    var rates: String { "\(prefix):rates" }
    /// A sorted set: consumers by when they were last active, in milliseconds since 1970.
    var consumers: String { "\(prefix):consumers" }

    /// A list: the ids of the ready jobs of a priority.
    func ready(_ priority: Int) -> String { "\(prefix):ready:\(priority)" }

    /// The lists of ready jobs, `ready:9` first: the order in which jobs are leased.
    var readyByPriority: [String] { Job.priorities.reversed().map { ready($0) } }

    /// A list that expires: the tokens that a consumer finished recently, and its grants.
    func finished(_ consumer: String) -> String { "\(prefix):finished:\(consumer)" }

    /// All keys of the queue, except for the `finished` lists of its consumers.
    var all: [String] { [jobs, held, leases, delayed, dead, errors, wake, rates, consumers] + readyByPriority }
}

/// Numbers the keys of a script call, as the rows of `insert.lua` refer to them, and adds further keys on demand.
struct KeyNumbers: Sendable {
    /// The numbers of one queue's keys; 0 for a key without a number.
    private struct Queue {
        let keys: QueueKeys
        var jobs = 0
        var delayed = 0
        var ready = [Int](repeating: 0, count: 10)
    }

    /// All keys so far, without arguments.
    private(set) var invocation: RedisInvocation
    private var numbers: [String: Int] = [:]
    private var queues: [QueueName: Queue] = [:]

    /// Begins with `keys`, numbered from 1.
    init(keys: [String]) {
        invocation = RedisInvocation(keys: keys)
        for (index, key) in keys.enumerated() { numbers[key] = index + 1 }
    }

    /// Returns the number of a queue's `jobs`, after which `wake` and `rates` follow, and the number of the key to
    /// which a job of this priority or delay is added.
    mutating func place(
        of queue: QueueName, keys: @autoclosure () -> QueueKeys, priority: Int, isDelayed: Bool
    ) -> (jobs: Int, place: Int) {
        var entry = queues[queue] ?? Queue(keys: keys())
        let names = entry.keys
        if entry.jobs == 0 {
            entry.jobs = number(of: names.jobs)
            _ = number(of: names.wake)
            _ = number(of: names.rates)
        }
        let place: Int
        if isDelayed {
            if entry.delayed == 0 { entry.delayed = number(of: names.delayed) }
            place = entry.delayed
        } else {
            if entry.ready[priority] == 0 { entry.ready[priority] = number(of: names.ready(priority)) }
            place = entry.ready[priority]
        }
        queues[queue] = entry
        return (entry.jobs, place)
    }

    private mutating func number(of key: String) -> Int {
        if let number = numbers[key] { return number }
        invocation.appendKey(key)
        numbers[key] = invocation.keyCount
        return invocation.keyCount
    }
}
