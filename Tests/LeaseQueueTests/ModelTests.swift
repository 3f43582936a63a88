import Glibc
import LeaseQueue
import Testing

/// Random operations against the real queue and against the model of it. `ATMOS_TEST_SEED` repeats a run,
/// `ATMOS_TEST_STEPS` makes it longer.
@Suite("Random operations", .timeLimit(.minutes(10)))
struct ModelTests {
    private static func setting(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    private let seed = Self.setting("ATMOS_TEST_SEED") ?? UInt64.random(in: 0..<1_000_000)
    private let steps = Int(Self.setting("ATMOS_TEST_STEPS") ?? 1500)

    @Test("after every operation the queue is exactly what the model says")
    func model() async throws {
        let fixture = try await QueueFixture()
        let configurations = [
            QueueConfiguration(name: "main", backoff: Backoff(base: .zero, cap: .zero), deadLetterNotice: "next"),
            QueueConfiguration(
                name: "next", maximumAttempts: 2, maximumCrashes: 2, backoff: Backoff(base: .zero, cap: .zero)),
        ]
        var run = ModelRun(
            fixture: fixture,
            consumers: [
                try await fixture.consumer("a", queues: configurations),
                try await fixture.consumer("b", queues: configurations),
            ],
            configurations: configurations, generator: SplitMix64(seed: seed))
        for step in 0..<steps {
            let operation = try await run.step()
            for name in ["main", "next"] as [QueueName] {
                var real = try await fixture.state(of: name)
                let contradictions = real.contradictions
                real.wakes = 0
                let expected = run.queues[name]!.state
                guard real == expected, contradictions.isEmpty else {
                    Issue.record(
                        "seed \(seed), step \(step), \(operation): \(name) is \(real), should be \(expected) \(contradictions)"
                    )
                    return
                }
            }
            guard run.complaint == nil else {
                Issue.record("seed \(seed), step \(step), \(operation): \(run.complaint!)")
                return
            }
        }
    }

    @Test("with consumers that work, stall and vanish at the same time, counts always add up and every job ends once")
    func manyConsumers() async throws {
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
        #expect(ended.count == count && Set(ended).count == count, "seed \(seed)")
        #expect(try await fixture.state(of: "next").jobs.count == count, "seed \(seed)")
        #expect(try await fixture.state().jobs.isEmpty, "seed \(seed)")
    }

    /// Works until every job has ended; the ids of the jobs that ended through this consumer.
    private static func work(_ queues: LeaseQueues, count: Int, _ seeded: SplitMix64) async throws -> [String] {
        var generator = seeded
        var ended: [String] = []
        var leases: [Lease] = []
        while try await queues.counts()["next"]?.ready != count {
            if leases.isEmpty { leases = try await queues.lease(5, from: "main", wait: .milliseconds(20)).leases }
            // Sometimes it sleeps past its leases, sometimes it forgets them.
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
