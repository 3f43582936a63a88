import Glibc
import LeaseQueue
import Support
import TestSupport
import Testing

/// Random operations against the real queue and against the model of it. `ATMOS_TEST_SEED` repeats a run,
/// `ATMOS_TEST_STEPS` and `ATMOS_LONG_TESTS` make it longer.
@Suite("Random operations", .timeLimit(.minutes(60)))
struct ModelTests {
    private static func setting(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// So many operations begin with empty queues.
    private static let sequence = 1000
    private let seed = Self.setting("ATMOS_TEST_SEED") ?? UInt64.random(in: 0..<1_000_000)
    private let steps = Int(
        Self.setting("ATMOS_TEST_STEPS") ?? (Self.setting("ATMOS_LONG_TESTS") == 1 ? 100_000 : 3000))

    private struct Failure {
        /// How many operations it took.
        let length: Int
        let words: String
        /// What was done, the last operation last.
        let operations: [String]
    }

    @Test("after every operation the queue is exactly what the model says, and in the end it is undamaged")
    func model() async throws {
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

    /// What goes wrong in a sequence of operations, if anything.
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

    /// What the model and the server's contents disagree about.
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

    /// A shorter sequence that goes wrong: pieces are left out, ever smaller ones, for as long as it still does.
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
