import LeaseQueue
import RedisClient
import Support
import TestSupport
import Testing

@Suite("Control and budgets", .timeLimit(.minutes(3)))
struct ControlTests {
    @Test(
        "pause, drain and stop are part of every reply, and no job is leased",
        arguments: [ControlState.pause, .drain, .stop])
    func controlState_isInEveryReply(state: ControlState) async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        #expect(try await queues.control(of: "main") == .run)
        try await queues.setControl(state, for: "main")
        #expect(try await queues.control(of: "main") == state)

        let leased = try await queues.lease(5, from: "main")
        #expect(leased.control == state)
        #expect(leased.leases.isEmpty)
        #expect(try await queues.extend([lease]).control == state)
        let finished = try await queues.finish([.complete(lease)], in: "main", leaseNext: 1)
        #expect(finished.results == [.done])
        #expect(finished.next.control == state)
        #expect(finished.next.leases.isEmpty)
        #expect(try await queues.lease(0, from: "next").control == .run)

        try await queues.setControl(.run, for: "main")
        #expect(try await queues.lease(5, from: "main").leases.map(\.id) == ["b"])
    }

    @Test("the first recorded build of a model stays until it is replaced")
    func modelBuild_staysUntilReplaced() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        #expect(try await queues.recordModel("one") == "one")
        #expect(try await queues.recordModel("two") == "one")
        #expect(try await queues.recordModel("two", replacing: true) == "two")
        #expect(try await queues.recordModel("one") == "two")
        #expect(try await queues.control(of: "main") == .run)
    }

    @Test("waiting ends at once if the queue drains or stops", arguments: [ControlState.drain, .stop])
    func drainOrStop_endsWaiting(state: ControlState) async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        try await queues.setControl(state, for: "main")
        // The time limit of the suite is shorter than the wait.
        #expect(try await queues.lease(1, from: "main", wait: .seconds(3600)).control == state)
    }

    @Test("a waiting consumer continues after a pause")
    func resumedQueue_continuesWaitingConsumers() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        try await queues.setControl(.pause, for: "main")
        async let waiting = queues.lease(1, from: "main", wait: .seconds(30))
        try await queues.setControl(.run, for: "main")
        #expect(try await waiting.leases.map(\.id) == ["a"])
    }

    @Test("a budget is exact with many consumers that complete, fail, release and die")
    func budget_isExact() async throws {
        let fixture = try await QueueFixture()
        let configuration = QueueConfiguration(
            name: "main", leaseTime: .seconds(20), maximumAttempts: 2, maximumCrashes: 100,
            backoff: Backoff(base: .zero, cap: .zero))
        let owner = try await fixture.consumer("owner", queues: [configuration])
        _ = try await owner.enqueue((0..<200).map { Job("\($0)") }, to: "main")
        try await owner.setBudget(57, for: "main")
        let ended = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<6 {
                let queues = try await fixture.consumer("worker \(number)", queues: [configuration])
                group.addTask { try await Self.work(queues, seed: UInt64(number)) }
            }
            return try await group.reduce(0, +)
        }
        #expect(ended == 57)
        #expect(try await owner.budget(of: "main") == 0)
        let counts = try #require(try await owner.counts()["main"])
        #expect(counts.leased == 0)
        #expect(counts.outstanding + 57 - counts.dead == 200 - counts.dead)
        #expect(try await owner.lease(1, from: "main").control == .drain)
        #expect(try await fixture.state().contradictions == [])

        try await owner.setBudget(nil, for: "main")
        #expect(try await owner.budget(of: "main") == nil)
        #expect(try await owner.lease(1, from: "main").leases.count == 1)
    }

    /// Works until the state is `drain`. Returns how many jobs ended through this consumer.
    private static func work(_ queues: LeaseQueues, seed: UInt64) async throws -> Int {
        var generator = SplitMix64(seed: seed)
        var ended = 0
        while true {
            let count = Int.random(in: 1...5, using: &generator)
            // Some leases are so short that they always expire: their consumer died.
            let dies = Int.random(in: 0..<6, using: &generator) == 0
            let reply = try await queues.lease(
                count, from: "main", leaseTime: dies ? .milliseconds(10) : nil, wait: .milliseconds(50))
            if dies { continue }
            let outcomes: [Outcome] = reply.leases.map { lease in
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: .fail(lease, error: "no")
                case 1: .release(lease)
                default: .complete(lease)
                }
            }
            let finished = try await queues.finish(outcomes, in: "main")
            for (index, result) in finished.results.enumerated() where result == .done {
                if case .complete = outcomes[index] { ended += 1 }
                if finished.deadLettered[index] { ended += 1 }
            }
            if finished.next.control == .drain, reply.leases.isEmpty { return ended }
        }
    }

    @Test("a negative budget is refused")
    func negativeBudget_isRefused() async throws {
        let queues = try await QueueFixture().consumer()
        await #expect(throws: LeaseQueueError.self) { try await queues.setBudget(-1, for: "main") }
    }

    @Test("counts cover all queues at one instant, and clearing leaves no key")
    func clear_leavesNoKey() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [
            QueueConfiguration(name: "main", maximumAttempts: 1), QueueConfiguration(name: "next"),
        ])
        _ = try await queues.enqueue((0..<10).map { Job("\($0)", priority: $0) }, to: "main")
        _ = try await queues.enqueue([Job("later", delay: .seconds(60))], to: "next")
        let leases = try await queues.lease(4, from: "main").leases
        _ = try await queues.finish([.fail(leases[0], error: "no"), .complete(leases[1])], in: "main")
        let counts = try await queues.counts()
        #expect(counts == ["main": QueueCounts(ready: 6, leased: 2, dead: 1), "next": QueueCounts(delayed: 1)])
        #expect(counts["main"]?.outstanding == 8)
        try await queues.setBudget(5, for: "main")
        try await queues.clear()
        #expect(try await fixture.redis.send("KEYS", "{\(fixture.namespace)}:*") == .array([]))
        #expect(try await queues.finish([.complete(leases[2])], in: "main").results == [.stale])
    }
}
