internal import RedisClient

/// Goes through all that a queue consists of, page by page.
struct QueueInspector {
    private static let page = 200
    /// How many suspects are looked at in any case; more only where the numbers do not add up, for each costs a walk
    /// through the lists of ready jobs.
    private static let fewSuspects = 100
    private static let suspectsPerCall = 10
    private static let mostSuspects = 10_000

    let queues: LeaseQueues
    let queue: QueueName
    let keys: QueueKeys
    let mends: Bool
    private var check = QueueCheck()
    /// The ready jobs by hashes of their ids: eight bytes each, whatever the length of the ids.
    private var ready: Set<Int> = []
    private var suspects: [String] = []

    init(_ queues: LeaseQueues, _ queue: QueueName, mends: Bool) throws {
        self.queues = queues
        self.queue = queue
        self.mends = mends
        keys = try queues.desks.desk(queue).keys
    }

    mutating func run() async throws -> QueueCheck {
        _ = try await step("keys", "0", since: 0)
        // Nothing else can be read where a key is of another kind.
        guard check.isClean else { return check }
        let begin = try await sums()
        for section in ["settings", "leases", "delayed", "dead", "held", "errors"] {
            try await walk(section, since: begin.now)
        }
        for priority in Job.priorities.reversed() { try await walkReady(priority, since: begin.now) }
        try await walkJobs(since: begin.now)
        var isExamined = suspects.count <= Self.fewSuspects
        if !isExamined { isExamined = try await !sums().addUp }
        if isExamined {
            for piece in suspects.pieces(of: Self.suspectsPerCall) { try await examine(Array(piece)) }
        }
        return check
    }

    private mutating func suspect(_ id: String) {
        if suspects.count < Self.mostSuspects { suspects.append(id) }
    }

    private mutating func walkJobs(since: Int) async throws {
        check.jobs = try await sums().records
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

    /// All steps of a section that answers no ids.
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
            ] + keys.readyInOrder)
        invocation.append(section)
        invocation.append(cursor)
        invocation.append(Self.page)
        invocation.append(mends ? 1 : 0)
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
            keys: [keys.jobs, keys.leases, keys.delayed, keys.dead, keys.held] + keys.readyInOrder)
        invocation.append(mends ? 1 : 0)
        for id in ids { invocation.append(id) }
        let (reply, _) = try await queues.evaluate(Scripts.suspects, invocation)
        guard let elements = reply.elements, elements.count % 3 == 0 else {
            throw LeaseQueueError.unexpectedReply("suspects", queue)
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
                    problem: problem, id: String(decoding: id, as: UTF8.self), isMended: elements[index + 2].number == 1
                ))
        }
    }

    private func sums() async throws -> (now: Int, records: Int, addUp: Bool) {
        let invocation = RedisInvocation(
            keys: [keys.jobs, keys.held, keys.leases, keys.delayed, keys.dead] + keys.readyInOrder)
        let (reply, _) = try await queues.evaluate(Scripts.sums, invocation)
        let numbers = reply.elements?.compactMap(\.number) ?? []
        guard numbers.count == 5 else { throw LeaseQueueError.unexpectedReply("sums", queue) }
        return (numbers[0], numbers[2], numbers[1] == numbers[2] && numbers[3] == numbers[4])
    }
}

extension LeaseQueues {
    /// Searches a queue for what no operation could have left, and mends it if that is wanted.
    ///
    /// It goes through the whole queue, in short steps between which others work. What is found is true at the moment of
    /// its step, and mended in the same step. While others work, a job that is in its list of ready jobs twice, or in no
    /// place, may be missed if there is exactly one of each: to be certain, pause the queue first.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func check(_ queue: QueueName, mend: Bool = false) async throws -> QueueCheck {
        var inspector = try QueueInspector(self, queue, mends: mend)
        return try await inspector.run()
    }
}
