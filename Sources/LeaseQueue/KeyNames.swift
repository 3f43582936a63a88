/// The names of all keys. Everything of one namespace has the same hash tag, so that it lies in one slot of a cluster.
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
                "A namespace has 1 to 128 letters, digits and the characters : _ - . only, not “\(namespace)”.")
        }
        self.namespace = namespace
    }

    /// A hash: the last `token`; for each queue `state:QUEUE`, `budget:QUEUE` and `limit:QUEUE` where they were set, and
    /// `totals:QUEUE`;
    /// `fences` for a while after replies were lost.
    var control: String { "{\(namespace)}:control" }

    func queue(_ name: QueueName) -> QueueKeys {
        QueueKeys(prefix: "{\(namespace)}:\(name)")
    }

    static func stateField(_ queue: QueueName) -> String { "state:\(queue)" }
    static func budgetField(_ queue: QueueName) -> String { "budget:\(queue)" }
    static func limitField(_ queue: QueueName) -> String { "limit:\(queue)" }
    static func totalsField(_ queue: QueueName) -> String { "totals:\(queue)" }
}

/// The names of one queue's keys.
struct QueueKeys: Sendable {
    let prefix: String

    /// A hash: the record of every job by its id.
    var jobs: String { "\(prefix):jobs" }
    /// A hash: for every leased job by its id the token, whether it has a history, and the consumer.
    var held: String { "\(prefix):held" }
    /// A sorted set: leased jobs by when the lease runs out, in milliseconds since 1970.
    var leases: String { "\(prefix):leases" }
    /// A sorted set: delayed jobs by when they are due, in milliseconds since 1970.
    var delayed: String { "\(prefix):delayed" }
    /// A sorted set: dead letters by when they died, in milliseconds since 1970.
    var dead: String { "\(prefix):dead" }
    /// A hash: for every job that failed or crashed its history, by its id.
    var errors: String { "\(prefix):errors" }
    /// A list of at most one element, on which idle consumers wait.
    var wake: String { "\(prefix):wake" }
    /// A string: what the totals were when the last 60 seconds and the last 60 minutes began.
    var rates: String { "\(prefix):rates" }
    /// A sorted set: the consumers that were here by when they were last, in milliseconds since 1970.
    var consumers: String { "\(prefix):consumers" }

    /// A list: the ids of the ready jobs of a priority.
    func ready(_ priority: Int) -> String { "\(prefix):ready:\(priority)" }

    /// The lists of ready jobs in the order in which they are leased.
    var readyInOrder: [String] { Job.priorities.reversed().map { ready($0) } }

    /// A list that expires: the tokens that a consumer finished lately, and what it was granted.
    func finished(_ consumer: String) -> String { "\(prefix):finished:\(consumer)" }

    /// Everything that the queue consists of, except what its consumers finished lately.
    var all: [String] { [jobs, held, leases, delayed, dead, errors, wake, rates, consumers] + readyInOrder }
}
