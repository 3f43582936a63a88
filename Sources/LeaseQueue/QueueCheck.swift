internal import RedisClient

/// The result of a search for damage: contents that no operation of this library could have left.
public struct QueueCheck: Sendable, Hashable {
    /// A kind of damage.
    public enum Problem: String, Sendable, Hashable, CaseIterable, Codable {
        /// An id is in a place, but its job is unknown. Repaired by removing the id.
        case ghost
        /// A job is in no place. Repaired by making it ready.
        case lost
        /// A job is in several places. Repaired by keeping the first of leased, dead, delayed, ready.
        case doubled
        /// A job's record is invalid. Repaired by removing the job.
        case unreadable
        /// A ready job is in the list of another priority. Repaired by moving it.
        case wrongPriority
        /// A lease without a holder. Repaired by making its job ready, at the front.
        case leaseWithoutHolder
        /// A holder without a lease, so that the job would never be taken back. Repaired with a lease of half a minute.
        case holderWithoutLease
        /// A history without a job. Repaired by removing it.
        case historyWithoutJob
        /// A history that its job's record does not mention, and that would stay when the job ends. Repaired by
        /// changing the record.
        case historyNotNoted
        /// More than one wake-up. Repaired by keeping one.
        case wakeList
        /// An invalid setting. Repaired by removing it; a budget becomes 0.
        case setting
        /// A key has a value of another type, because another program uses it. An operator has to repair this.
        case wrongType
    }

    /// A single damage.
    public struct Finding: Sendable, Hashable {
        /// The kind of damage.
        public let problem: Problem
        /// The job's id; for a setting its field, and for a wrong type the key.
        public let id: String
        /// Whether the damage was repaired.
        public let isRepaired: Bool
    }

    /// The number of findings that are kept.
    public static let maxFindings = 1000

    /// The first ``maxFindings`` findings.
    public internal(set) var findings: [Finding] = []
    /// The number of all findings.
    public internal(set) var count = 0
    /// The number of jobs in the queue.
    public internal(set) var jobs = 0

    /// Whether no damage was found.
    public var isClean: Bool { count == 0 }

    init() {}

    /// Adds a finding, unless it was added before: a damage may be found in two places.
    mutating func add(_ finding: Finding) {
        guard !findings.contains(finding) else { return }
        count += 1
        if findings.count < Self.maxFindings { findings.append(finding) }
    }
}

/// Searches all keys of a queue, page by page.
struct QueueInspector {
    private static let pageSize = 200
    /// The number of suspects that are always examined. More of them are examined only if the totals do not agree,
    /// because each costs a search of the ready lists.
    private static let freeSuspects = 100
    private static let suspectsPerCall = 10
    private static let maxSuspects = 10_000

    let queues: LeaseQueues
    let queue: QueueName
    let keys: QueueKeys
    let repairs: Bool
    private var check = QueueCheck()
    /// The ready jobs by hashes of their ids: eight bytes each, for ids of any length.
    private var ready: Set<Int> = []
    /// Jobs that may be in no place, or in the ready lists twice.
    private var suspects: [String] = []

    init(_ queues: LeaseQueues, _ queue: QueueName, repairs: Bool) throws {
        self.queues = queues
        self.queue = queue
        self.repairs = repairs
        keys = try queues.handles.handle(for: queue).keys
    }

    mutating func run() async throws -> QueueCheck {
        _ = try await step("keys", "0", since: 0)
        // Nothing else can be read if a key has another type.
        guard check.isClean else { return check }
        let begin = try await totals()
        for section in ["settings", "leases", "delayed", "dead", "held", "errors"] {
            try await walk(section, since: begin.now)
        }
        for priority in Job.priorities.reversed() { try await walkReady(priority, since: begin.now) }
        try await walkJobs(since: begin.now)
        var isExamined = suspects.count <= Self.freeSuspects
        if !isExamined { isExamined = try await !totals().agree }
        if isExamined {
            for piece in suspects.pieces(of: Self.suspectsPerCall) { try await examine(Array(piece)) }
        }
        return check
    }

    private mutating func suspect(_ id: String) {
        if suspects.count < Self.maxSuspects { suspects.append(id) }
    }

    private mutating func walkJobs(since: Int) async throws {
        check.jobs = try await totals().records
        var cursor = "0"
        repeat {
            let (next, ids) = try await step("jobs", cursor, since: since)
            for id in ids where !ready.contains(id.hashValue) { suspect(id) }
            cursor = next
        } while cursor != "0"
    }

    private mutating func walkReady(_ priority: Int, since: Int) async throws {
        var cursor = "0"
        repeat {
            let (next, ids) = try await step("\(priority)", cursor, since: since)
            for id in ids where !ready.insert(id.hashValue).inserted { suspect(id) }
            cursor = next
        } while cursor != "0"
    }

    /// Runs all steps of a section that does not return ids.
    private mutating func walk(_ section: String, since: Int) async throws {
        var cursor = "0"
        repeat { cursor = try await step(section, cursor, since: since).next } while cursor != "0"
    }

    private mutating func step(
        _ section: String, _ cursor: String, since: Int
    ) async throws -> (next: String, ids: [String]) {
        var invocation = RedisInvocation(
            keys: [
                queues.namespace.control, keys.jobs, keys.held, keys.leases, keys.delayed, keys.dead, keys.errors,
                keys.wake,
            ] + keys.readyByPriority)
        invocation.append(section)
        invocation.append(cursor)
        invocation.append(Self.pageSize)
        invocation.append(repairs ? 1 : 0)
        invocation.append(queue.rawValue)
        invocation.append(since)
        let (reply, _) = try await queues.evaluate(Scripts.check, invocation)
        guard let elements = reply.elements, elements.count >= 2, let next = elements[0].text,
            let count = elements[1].number, elements.count >= 2 + 3 * count
        else { throw LeaseQueueError.unexpectedReply("check", queue) }
        try note(elements[2..<2 + 3 * count])
        return (next, elements[(2 + 3 * count)...].map { String(decoding: $0.bytes ?? [], as: UTF8.self) })
    }

    private mutating func examine(_ ids: [String]) async throws {
        var invocation = RedisInvocation(
            keys: [keys.jobs, keys.leases, keys.delayed, keys.dead, keys.held] + keys.readyByPriority)
        invocation.append(repairs ? 1 : 0)
        for id in ids { invocation.append(id) }
        let (reply, _) = try await queues.evaluate(Scripts.checkJobs, invocation)
        guard let elements = reply.elements, elements.count % 3 == 0 else {
            throw LeaseQueueError.unexpectedReply("check_jobs", queue)
        }
        try note(elements[...])
    }

    private mutating func note(_ elements: ArraySlice<RedisValue>) throws {
        for index in stride(from: elements.startIndex, to: elements.endIndex, by: 3) {
            guard let problem = elements[index].text.flatMap(QueueCheck.Problem.init),
                let id = elements[index + 1].bytes
            else { throw LeaseQueueError.unexpectedReply("check", queue) }
            check.add(
                QueueCheck.Finding(
                    problem: problem, id: String(decoding: id, as: UTF8.self),
                    isRepaired: elements[index + 2].number == 1
                ))
        }
    }

    private func totals() async throws -> (now: Int, records: Int, agree: Bool) {
        let invocation = RedisInvocation(
            keys: [keys.jobs, keys.held, keys.leases, keys.delayed, keys.dead] + keys.readyByPriority)
        let (reply, _) = try await queues.evaluate(Scripts.checkTotals, invocation)
        let numbers = reply.elements?.compactMap(\.number) ?? []
        guard numbers.count == 5 else { throw LeaseQueueError.unexpectedReply("check_totals", queue) }
        return (numbers[0], numbers[2], numbers[1] == numbers[2] && numbers[3] == numbers[4])
    }
}

extension LeaseQueues {
    /// Searches a queue for damage that no operation could have left, and repairs it on request.
    ///
    /// It searches the whole queue in short atomic steps, between which consumers can work; damage is repaired in the
    /// step that finds it. While consumers work, a job that is in its ready list twice may be missed if exactly one
    /// other job is in no place, and vice versa: to be certain, pause the queue first.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func check(_ queue: QueueName, repair: Bool = false) async throws -> QueueCheck {
        var inspector = try QueueInspector(self, queue, repairs: repair)
        return try await inspector.run()
    }
}
