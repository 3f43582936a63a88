import LeaseQueue

/// One random sequence of operations on two queues, done to the real ones and to the model alike.
struct ModelRun {
    let fixture: QueueFixture
    let consumers: [LeaseQueues]
    var queues: [QueueName: ReferenceQueue]
    var generator: SplitMix64
    /// What the real queue answered otherwise than the model, if anything.
    private(set) var complaint: String?

    /// Every lease that was ever given out, the newest last; most are stale.
    private var leases: [QueueName: [Lease]] = [:]

    init(fixture: QueueFixture, consumers: [LeaseQueues], configurations: [QueueConfiguration], generator: SplitMix64) {
        self.fixture = fixture
        self.consumers = consumers
        self.generator = generator
        queues = Dictionary(uniqueKeysWithValues: configurations.map { ($0.name, ReferenceQueue(configuration: $0)) })
    }

    /// Does one operation and says which.
    mutating func step() async throws -> String {
        let consumer = consumers.randomElement(using: &generator)!
        let name: QueueName = random(3) == 0 ? "next" : "main"
        switch random(10) {
        case 0, 1: return try await enqueue(consumer, name)
        case 2, 3: return try await cycle(consumer, name, outcomes: 0, count: random(6))
        case 4, 5, 6, 7: return try await cycle(consumer, name, outcomes: random(6), count: random(4))
        case 8: return try await extend(consumer, name)
        default: return try await letTimePass(name)
        }
    }

    private mutating func random(_ bound: Int) -> Int {
        Int.random(in: 0..<bound, using: &generator)
    }

    private mutating func randomJob() -> Job {
        let id = "job \(10 + random(30))"
        let priorities = [5, 5, 5, 0, 9, 3]
        return Job(
            id: id, payload: (0..<random(4)).map { _ in UInt8(random(256)) },
            priority: priorities[random(priorities.count)], delay: random(4) == 0 ? .seconds(3600) : .zero)
    }

    private mutating func enqueue(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let jobs = (0..<1 + random(5)).map { _ in randomJob() }
        let real = try await consumer.enqueue(jobs, to: name)
        let expected = jobs.map { queues[name]!.enqueue($0) }
        check(real == expected, "new \(real) instead of \(expected)")
        return "enqueue"
    }

    private mutating func cycle(
        _ consumer: LeaseQueues, _ name: QueueName, outcomes count: Int, count next: Int
    ) async throws -> String {
        let outcomes = (0..<count).compactMap { _ in randomOutcome(name) }
        let reply = try await consumer.finish(outcomes, in: name, leaseNext: next)
        expectOutcomes(outcomes, reply, name, consumer.consumer)
        let died = queues[name]!.takeUp()
        for (id, token) in died { notice(name, id, token) }
        let ids = queues[name]!.takeNext(next)
        check(reply.next.leases.map(\.id) == ids, "leased \(reply.next.leases.map(\.id)) instead of \(ids)")
        for lease in reply.next.leases {
            check(queues[name]!.describes(lease), "\(lease) is described wrongly")
            queues[name]!.leased[lease.id] = lease.token
            leases[name, default: []].append(lease)
        }
        return "finish \(outcomes.count), lease \(next) of \(name)"
    }

    private mutating func randomOutcome(_ name: QueueName) -> Outcome? {
        // Mostly one of the newest leases, so that many count.
        guard let lease = leases[name]?.suffix(random(4) == 0 ? 100 : 8).randomElement(using: &generator) else {
            return nil
        }
        let forwards = (0..<random(3)).map { _ in Forward(queue: random(2) == 0 ? "main" : "next", job: randomJob()) }
        switch random(5) {
        case 0, 1: return .complete(lease, forward: forwards)
        case 2, 3: return .fail(lease, error: "error", forward: forwards)
        default: return .release(lease)
        }
    }

    private mutating func expectOutcomes(
        _ outcomes: [Outcome], _ reply: FinishReply, _ name: QueueName, _ consumer: String
    ) {
        var results: [FinishResult] = []
        var died: [Bool] = []
        for outcome in outcomes {
            let entry = queues[name]!.jobs[outcome.lease.id]
            let expected = queues[name]!.end(outcome, by: consumer)
            results.append(expected.result)
            died.append(expected.died)
            if expected.died { notice(name, outcome.lease.id, outcome.lease.token, entry) }
        }
        queues[name]!.takeReleased()
        for (outcome, result) in zip(outcomes, results) where result == .done {
            for forward in outcome.forwards {
                _ = queues[forward.queue]!.enqueue(forward.job, origin: outcome.lease.token)
            }
        }
        check(reply.results == results, "results \(reply.results) instead of \(results)")
        check(reply.deadLettered == died, "dead \(reply.deadLettered) instead of \(died)")
    }

    /// The job that tells another queue of a dead letter.
    private mutating func notice(
        _ name: QueueName, _ id: String, _ token: FencingToken, _ known: ReferenceQueue.Entry? = nil
    ) {
        guard let target = queues[name]!.configuration.deadLetterNotice, let entry = known ?? queues[name]!.jobs[id]
        else { return }
        _ = queues[target]!.enqueue(Job(id: "\(id)#dead#\(token)", payload: entry.job.payload), origin: token)
    }

    private mutating func extend(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let some = Array(leases[name, default: []].suffix(10))
        // An extension after the time has passed would move the lease's end in the real queue only.
        guard !queues[name]!.timeHasPassed else { return "nothing" }
        let real = try await consumer.extend(some).held
        let expected = some.map { queues[name]!.leased[$0.id] == $0.token }
        check(real == expected, "held \(real) instead of \(expected)")
        return "extend"
    }

    private mutating func letTimePass(_ name: QueueName) async throws -> String {
        // Taken up at once, because what comes in later has its time still before it.
        try await fixture.letTimePass(in: name)
        queues[name]!.timeHasPassed = true
        return try await cycle(consumers[0], name, outcomes: 0, count: 0)
    }

    private mutating func check(_ isRight: Bool, _ words: @autoclosure () -> String) {
        if !isRight { complaint = complaint ?? words() }
    }
}
