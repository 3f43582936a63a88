import Glibc
import LeaseQueue
import RedisClient
import Support
import TestSupport
import Testing

/// Applies random operations to the real queue and to its model. `ATMOS_TEST_SEED` repeats a run,
/// `ATMOS_TEST_STEPS` and `ATMOS_LONG_TESTS` make it longer.
@Suite("Random operations", .timeLimit(.minutes(60)))
struct ModelTests {
    private static func setting(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// The number of operations after which the queues are empty again.
    private static let sequence = 1000
    private let seed = Self.setting("ATMOS_TEST_SEED") ?? UInt64.random(in: 0..<1_000_000)
    private let steps = Int(
        Self.setting("ATMOS_TEST_STEPS") ?? (Self.setting("ATMOS_LONG_TESTS") == 1 ? 100_000 : 3000))

    private struct Failure {
        /// The number of operations until the failure.
        let length: Int
        let words: String
        /// The operations, the last one last.
        let operations: [String]
    }

    @Test("after every operation the queue has exactly the state of the model, and at the end no damage")
    func randomOperations_matchTheModel() async throws {
        var generator = SplitMix64(seed: seed)
        for start in stride(from: 0, to: steps, by: Self.sequence) {
            let seeds = (0..<min(Self.sequence, steps - start)).map { _ in generator.next() }
            guard let failure = try await Self.failure(of: seeds) else { continue }
            let short = try await Self.shrunk(Array(seeds.prefix(failure.length)), failure)
            Issue.record(
                """
                seed \(seed), from operation \(start): \(failure.words)
                It also goes wrong after these \(short.operations.count): \(short.words)
                \(short.operations.joined(separator: "\n"))
                """)
            return
        }
    }

    /// Returns the failure of a sequence of operations, if any.
    private static func failure(of seeds: [UInt64]) async throws -> Failure? {
        var run = try await ModelRun()
        var operations: [String] = []
        for seed in seeds {
            operations.append(try await run.step(seed: seed))
            if let words = try await complaint(of: run) {
                await run.close()
                return Failure(length: operations.count, words: words, operations: operations)
            }
        }
        try await run.end()
        await run.close()
        return run.complaint.map { Failure(length: seeds.count, words: $0, operations: operations) }
    }

    /// Returns a difference between the model and the server's contents, if any.
    private static func complaint(of run: ModelRun) async throws -> String? {
        if let complaint = run.complaint { return complaint }
        for name in ["main", "next"] as [QueueName] {
            var real = try await run.fixture.state(of: name)
            if let contradiction = real.contradictions.first { return "\(name): \(contradiction)" }
            real.wakes = 0
            let expected = run.queues[name]!.state
            if real != expected { return "\(name) is \(real), should be \(expected)" }
        }
        return nil
    }

    /// Shortens a failing sequence: leaves out ever smaller pieces while it still fails.
    private static func shrunk(_ seeds: [UInt64], _ failure: Failure) async throws -> Failure {
        var (seeds, shortest) = (seeds, failure)
        var piece = seeds.count / 2
        while piece > 0 {
            var start = 0
            while start < seeds.count {
                let shorter = Array(seeds[..<start] + seeds[min(start + piece, seeds.count)...])
                if let failure = try await Self.failure(of: shorter) {
                    seeds = Array(shorter.prefix(failure.length))
                    shortest = failure
                } else {
                    start += piece
                }
            }
            piece /= 2
        }
        return shortest
    }

    @Test(
        "with consumers that work, stall and die at the same time, counts are always consistent and every job ends once"
    )
    func manyConsumers_endEveryJobOnce() async throws {
        let fixture = try await QueueFixture()
        let configuration = QueueConfiguration(
            name: "main", leaseTime: .milliseconds(60), maximumAttempts: 10_000, maximumCrashes: 10_000,
            backoff: Backoff(base: .milliseconds(5), cap: .milliseconds(20)))
        let count = 400
        let ended = try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<5 {
                let queues = try await fixture.consumer(
                    "worker \(number)", queues: [configuration, QueueConfiguration(name: "next")])
                let generator = SplitMix64(seed: seed &+ UInt64(number))
                group.addTask { try await Self.work(queues, count: count, generator) }
            }
            let owner = try await fixture.consumer("owner", queues: [configuration, QueueConfiguration(name: "next")])
            for piece in stride(from: 0, to: count, by: 10) {
                _ = try await owner.enqueue((piece..<piece + 10).map { Job("\($0)", priority: $0 % 10) }, to: "main")
                let state = try await fixture.state()
                #expect(state.contradictions == [], "seed \(seed)")
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(ended.count == count, "seed \(seed)")
        #expect(Set(ended).count == count, "seed \(seed)")
        #expect(try await fixture.state(of: "next").jobs.count == count, "seed \(seed)")
        #expect(try await fixture.state().jobs.isEmpty, "seed \(seed)")
    }

    /// Works until every job has ended. Returns the ids of the jobs that ended through this consumer.
    private static func work(_ queues: LeaseQueues, count: Int, _ seeded: SplitMix64) async throws -> [String] {
        var generator = seeded
        var ended: [String] = []
        var leases: [Lease] = []
        while try await queues.counts()["next"]?.ready != count {
            if leases.isEmpty { leases = try await queues.lease(5, from: "main", wait: .milliseconds(20)).leases }
            // Sometimes it sleeps until its leases have expired, sometimes it drops them.
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: try await Task.sleep(for: .milliseconds(80))
            case 1: leases = []
            case 2: _ = try await queues.extend(leases)
            default: break
            }
            let outcomes: [Outcome] = leases.map { lease in
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: .fail(lease, error: "no")
                case 1: .release(lease)
                default: .complete(lease, forward: [Forward(queue: "next", job: Job(lease.id))])
                }
            }
            let reply = try await queues.finish(
                outcomes, in: "main", leaseNext: Int.random(in: 0...3, using: &generator))
            for (outcome, result) in zip(outcomes, reply.results) {
                if case .complete(let lease, _) = outcome, result == .done { ended.append(lease.id) }
            }
            leases = reply.next.leases
        }
        return ended
    }
}

/// A random sequence of operations, which is applied to two real queues and to their models.
///
/// Every operation draws its random numbers from a separate seed, so that any of them can be left out.
struct ModelRun {
    let fixture: QueueFixture
    let consumers: [LeaseQueues]
    var queues: [QueueName: ReferenceQueue]
    /// The first difference between the real queue and the model, if any.
    private(set) var complaint: String?

    private var generator = SplitMix64(seed: 0)
    /// All leases that were given out, the newest last; most are stale.
    private var leases: [QueueName: [Lease]] = [:]

    /// Plain ids, and ids that look like something else.
    private static let ids =
        (10..<40).map { "job \($0)" } + [
            "\0", "g 1 2 3 4", "-1", "ü\n\r", "{a}:main:ready:5", "#dead#", "0000000000000001",
        ]

    init() async throws {
        fixture = try await QueueFixture()
        let configurations = [
            QueueConfiguration(
                name: "main", backoff: Backoff(base: .zero, cap: .zero), maximumJobs: 25, deadLetterNotice: "next"),
            QueueConfiguration(
                name: "next", maximumAttempts: 2, maximumCrashes: 2, backoff: Backoff(base: .zero, cap: .zero)),
        ]
        consumers = [
            try await fixture.consumer("a", queues: configurations),
            try await fixture.consumer("b", queues: configurations),
        ]
        queues = Dictionary(uniqueKeysWithValues: configurations.map { ($0.name, ReferenceQueue(configuration: $0)) })
    }

    func close() async {
        for consumer in consumers { await consumer.close() }
        fixture.redis.close()
    }

    /// Runs one operation and returns its description.
    mutating func step(seed: UInt64) async throws -> String {
        generator = SplitMix64(seed: seed)
        let consumer = consumers.randomElement(using: &generator)!
        let name: QueueName = random(3) == 0 ? "next" : "main"
        switch random(32) {
        case 0..<6: return try await offer(consumer, name)
        case 6..<11: return try await finishAndLease(consumer, name, outcomes: 0, count: random(6))
        case 11..<19: return try await finishAndLease(consumer, name, outcomes: random(6), count: random(4))
        case 19..<21:
            return try await finishAndLease(consumer, name, outcomes: random(4), count: random(4), isRepeated: true)
        case 21..<23: return try await extend(consumer, name)
        case 23..<25: return try await expireLeases(name)
        case 25: return try await retry(consumer, name)
        case 26: return try await drop(consumer, name)
        case 27: return try await control(consumer, name)
        case 28: return try await (random(2) == 0 ? budget(consumer, name) : limit(consumer, name))
        case 29: return try await look(consumer, name)
        case 30: return random(8) == 0 ? try await purge(consumer, name) : try await look(consumer, name)
        default: return try await search(consumer, name)
        }
    }

    /// Checks the queues after the sequence.
    mutating func end() async throws {
        for name in ["main", "next"] as [QueueName] { _ = try await search(consumers[0], name) }
    }

    private mutating func random(_ bound: Int) -> Int {
        Int.random(in: 0..<bound, using: &generator)
    }

    private mutating func randomIDs() -> [String] {
        (0..<1 + random(8)).map { _ in Self.ids.randomElement(using: &generator)! }
    }

    private mutating func randomJob() -> Job {
        let priorities = [5, 5, 5, 0, 9, 3]
        return Job(
            id: Self.ids.randomElement(using: &generator)!, payload: (0..<random(4)).map { _ in UInt8(random(256)) },
            priority: priorities[random(priorities.count)], delay: random(4) == 0 ? .seconds(36_000) : .zero)
    }

    private mutating func offer(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let jobs = (0..<1 + random(5)).map { _ in randomJob() }
        let real = try await consumer.offer(jobs, to: name)
        let expected = queues[name]!.offer(jobs)
        check(real == expected, "offer: \(real) instead of \(expected)")
        return "offer \(jobs.map(\.id)) to \(name)"
    }

    private mutating func finishAndLease(
        _ consumer: LeaseQueues, _ name: QueueName, outcomes count: Int, count next: Int, isRepeated: Bool = false
    ) async throws -> String {
        let outcomes = (0..<count).compactMap { _ in randomOutcome(name) }
        let number = UInt64.random(in: 1..<1 << 48, using: &generator)
        let reply = try await consumer.send(outcomes, to: name, leaseNext: next, number: number, attempt: 1)
        expectOutcomes(outcomes, reply.results, reply.deadLettered, name, consumer.consumer)
        let died = queues[name]!.takeUp()
        for (id, token) in died { notice(name, id, token) }
        let ids = queues[name]!.takeNext(next)
        check(reply.next.leases.map(\.id) == ids, "leased \(reply.next.leases.map(\.id)) instead of \(ids)")
        check(reply.next.control == queues[name]!.controlState, "control state \(reply.next.control)")
        for lease in reply.next.leases {
            check(queues[name]!.describes(lease), "\(lease) is described wrongly")
            queues[name]!.leased[lease.id] = lease.token
            leases[name, default: []].append(lease)
        }
        guard isRepeated else { return "finish \(outcomes.count), lease \(next) of \(name)" }

        // As if the reply was lost: sends the request again; then the first attempt arrives once more, late.
        let seen = reply.results.map { $0 == .stale ? FinishResult.stale : .alreadyDone }
        let again = try await consumer.send(outcomes, to: name, leaseNext: next, number: number, attempt: 2)
        check(again.results == seen, "repeated: \(again.results) instead of \(seen)")
        check(again.next.leases.map(\.token) == reply.next.leases.map(\.token), "repeated, other leases came")
        let late = try await consumer.send(outcomes, to: name, leaseNext: next, number: number, attempt: 1)
        check(late.results == seen && late.next.leases.isEmpty, "late: \(late)")
        return "finish \(outcomes.count), lease \(next) of \(name), repeated"
    }

    private mutating func randomOutcome(_ name: QueueName) -> Outcome? {
        // Usually one of the newest leases, so that many outcomes count.
        guard let lease = leases[name]?.suffix(random(4) == 0 ? 100 : 8).randomElement(using: &generator) else {
            return nil
        }
        let forwards = (0..<random(3)).map { _ in Forward(queue: random(2) == 0 ? "main" : "next", job: randomJob()) }
        switch random(10) {
        case 0..<4: return .complete(lease, forward: forwards)
        case 4..<7: return .fail(lease, error: "error", forward: forwards)
        case 7: return .giveUp(lease, error: "never", forward: forwards)
        default: return .release(lease, forward: random(2) == 0 ? [] : forwards)
        }
    }

    private mutating func expectOutcomes(
        _ outcomes: [Outcome], _ realResults: [FinishResult], _ realDeaths: [Bool], _ name: QueueName,
        _ consumer: String
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
                _ = queues[forward.queue]!.insert(forward.job, origin: outcome.lease.token)
            }
        }
        check(realResults == results, "results \(realResults) instead of \(results)")
        check(realDeaths == died, "dead \(realDeaths) instead of \(died)")
    }

    /// Adds the notice of a dead letter to another queue.
    private mutating func notice(
        _ name: QueueName, _ id: String, _ token: FencingToken, _ known: ReferenceQueue.Entry? = nil
    ) {
        guard let target = queues[name]!.configuration.deadLetterNotice, let entry = known ?? queues[name]!.jobs[id]
        else { return }
        _ = queues[target]!.insert(Job(id: "\(id)#dead#\(token)", payload: entry.job.payload), origin: token)
    }

    private mutating func extend(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let some = Array(leases[name, default: []].suffix(10))
        let reply = try await consumer.extend(some, by: .seconds(600))
        let expected = some.map { queues[name]!.leased[$0.id] == $0.token }
        check(reply.held == expected, "held \(reply.held) instead of \(expected)")
        check(some.isEmpty || reply.control == queues[name]!.controlState, "control state \(reply.control)")
        return "extend \(some.count) of \(name)"
    }

    private mutating func expireLeases(_ name: QueueName) async throws -> String {
        // Handled at once, because jobs that are added later must not be due.
        try await fixture.expireLeases(in: name)
        queues[name]!.timeHasPassed = true
        return "time passes; " + (try await finishAndLease(consumers[0], name, outcomes: 0, count: 0))
    }

    private mutating func retry(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let ids = random(2) == 0 ? randomIDs() : Array(queues[name]!.dead).sorted()
        let real = try await consumer.retryDead(ids: ids, in: name)
        let expected = queues[name]!.retry(ids)
        check(real == expected, "retried \(real) instead of \(expected)")
        return "retry \(ids) in \(name)"
    }

    private mutating func drop(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let (ids, onlyDead) = (randomIDs(), random(2) == 0)
        let real =
            try await onlyDead
            ? consumer.dropDead(ids: ids, in: name) : consumer.drop(ids: ids, from: name)
        let expected = queues[name]!.drop(ids, onlyDead: onlyDead)
        check(real == expected, "dropped \(real) instead of \(expected)")
        return "drop \(onlyDead ? "dead " : "")\(ids) from \(name)"
    }

    private mutating func control(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        // Usually `run`, or few jobs would be leased.
        let state = random(4) == 0 ? ControlState.allCases.randomElement(using: &generator)! : .run
        try await consumer.setControl(state, for: name)
        queues[name]!.control = state
        return "\(name) is to \(state)"
    }

    private mutating func budget(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let budget = random(3) == 0 ? random(12) : nil
        try await consumer.setBudget(budget, for: name)
        queues[name]!.budget = budget
        return "the budget of \(name) is \(budget.map(String.init) ?? "none")"
    }

    private mutating func limit(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let limit = random(3) == 0 ? random(30) : nil
        try await consumer.setLimit(limit, for: name)
        queues[name]!.limit = limit
        return "the limit of \(name) is \(limit.map(String.init) ?? "none")"
    }

    private mutating func purge(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let confirmation = try await consumer.preparePurge(of: name)
        let counts = try await consumer.purge(name, token: confirmation.token)
        let expected = queues[name]!.counts
        check(counts == expected, "purged \(counts) instead of \(expected)")
        queues[name]!.purge()
        return "purge \(name)"
    }

    /// Reads the states of jobs, which changes nothing.
    private mutating func look(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let states = try await consumer.states(of: Self.ids, in: name)
        for (id, state) in zip(Self.ids, states) {
            let place =
                switch state {
                case nil: "nowhere"
                case .ready(let priority): "ready \(priority)"
                case .delayed: "delayed"
                case .leased: "leased"
                case .dead: "dead"
                }
            check(place == queues[name]!.place(of: id), "\(id) is \(place)")
        }
        let id = Self.ids.randomElement(using: &generator)!
        let (real, expected) = (try await consumer.position(of: id, in: name), queues[name]!.position(of: id))
        check(real == expected, "\(id) is at \(String(describing: real)), not \(String(describing: expected))")
        var paged: Set<String> = []
        var cursor: JobIDPage.Cursor?
        repeat {
            let page = try await consumer.jobIDs(in: name, after: cursor, limit: 10)
            paged.formUnion(page.ids)
            cursor = page.next
        } while cursor != nil
        check(paged == Set(queues[name]!.jobs.keys), "pages of \(paged)")
        return "look at \(name)"
    }

    /// Checks that there is no damage, and compares the counts.
    private mutating func search(_ consumer: LeaseQueues, _ name: QueueName) async throws -> String {
        let found = try await consumer.check(name, repair: true)
        check(found.isClean, "damaged: \(found.findings)")
        let report = try await consumer.report(of: name)
        let model = queues[name]!
        check(report.lastHour == model.rates, "rates \(report.lastHour) instead of \(model.rates)")
        check(
            report.counts == model.counts && report.budget == model.budget && report.limit == model.limit,
            "report \(report)")
        for letter in try await consumer.deadLetters(in: name, limit: 1000) {
            let entry = model.jobs[letter.id]
            check(
                letter.failureCount == entry?.failures && letter.crashCount == entry?.crashes
                    && letter.releaseCount == entry?.releases && letter.payload == entry?.job.payload,
                "dead letter \(letter)")
        }
        return "search \(name)"
    }

    private mutating func check(_ isRight: Bool, _ words: @autoclosure () -> String) {
        if !isRight { complaint = complaint ?? words() }
    }
}
