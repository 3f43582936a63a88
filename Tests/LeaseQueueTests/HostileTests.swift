import LeaseQueue
import Support
import TestSupport
import Testing

/// Ids and payloads that might be taken for something else, through every operation.
@Suite("Hostile ids and payloads", .timeLimit(.minutes(3)))
struct HostileTests {
    private let seed = UInt64.random(in: 0..<1_000_000)

    private func randomID(_ generator: inout SplitMix64) -> String {
        let pieces = [
            "\0", "\r\n", "$3\r\n", "*1\r\n", "{", "}", ":ready:5", "#dead#", " ", ",", "g 1 2 3 4", "-1", "nil", "'",
            "\"", "]]",
            "ü", "🌍", "%s", "\\", "\u{7f}", "0000000000000001", "x",
        ]
        let count = Int.random(in: 1...12, using: &generator)
        return (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
    }

    private func randomPayload(_ generator: inout SplitMix64) -> [UInt8] {
        let lengths = [0, 1, 2, 20, 21, 22, 47, 1000, 70_000]
        return (0..<lengths.randomElement(using: &generator)!).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test("come through every operation unchanged, and nothing else is touched")
    func everyOperation() async throws {
        var generator = SplitMix64(seed: seed)
        var jobs: [String: [UInt8]] = [:]
        while jobs.count < 150 { jobs[randomID(&generator)] = randomPayload(&generator) }
        jobs["a megabyte"] = (0..<1 << 20).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            "\0 consumer\n",
            queues: [QueueConfiguration(name: "main", maximumAttempts: 1), QueueConfiguration(name: "next")])
        _ = try await queues.enqueue([Job("bystander", priority: 0, delay: .seconds(3600))], to: "main")

        func lease(_ queue: QueueName) async throws -> [Lease] {
            let leases = try await queues.lease(1000, from: queue).leases
            let came = Dictionary(uniqueKeysWithValues: leases.map { ($0.id, $0.payload) })
            #expect(came == jobs, "seed \(seed)")
            return leases
        }
        let new = jobs.map { Job(id: $0.key, payload: $0.value) }
        #expect(try await queues.enqueue(new, to: "main").allSatisfy { $0 })
        #expect(try await queues.states(of: Array(jobs.keys), in: "main").allSatisfy { $0 == .ready(priority: 5) })
        let first = try await lease("main")
        #expect(try await queues.extend(first).held.allSatisfy { $0 })
        #expect(try await queues.heldLeases(in: "main", limit: 1000).allSatisfy { $0.consumer == "\0 consumer\n" })
        _ = try await queues.finish(first.map { .release($0) }, in: "main")
        let second = try await lease("main")
        _ = try await queues.finish(second.map { .fail($0, error: $0.id + "\0\n f 1 2 3 4\n") }, in: "main")
        for (id, payload) in jobs {
            let letter = try #require(try await queues.deadLetter(id: id, in: "main"), "seed \(seed)")
            #expect(letter.payload == payload && letter.releaseCount == 1, "seed \(seed)")
            #expect(letter.failures.map(\.error) == [id + "\0\n f 1 2 3 4\n"], "seed \(seed)")
            #expect(letter.failures.map(\.consumer) == ["\0 consumer\n"], "seed \(seed)")
        }
        #expect(try await queues.retryDead(ids: Array(jobs.keys), in: "main") == jobs.count)
        let third = try await lease("main")
        let outcomes = third.map { lease in
            let job = Job(id: lease.id, payload: lease.payload)
            return Outcome.complete(lease, forward: [Forward(queue: "next", job: job)])
        }
        #expect(try await queues.finish(outcomes, in: "main").results.allSatisfy { $0 == .done })
        for queue in ["main", "next"] as [QueueName] { #expect(try await queues.check(queue).isClean, "seed \(seed)") }
        let fourth = try await lease("next")
        _ = try await queues.finish(fourth.map { .release($0) }, in: "next")
        #expect(try await queues.drop(ids: Array(jobs.keys), from: "next") == jobs.count)
        #expect(try await queues.counts() == ["main": QueueCounts(delayed: 1), "next": QueueCounts()])
        #expect(try await fixture.state().histories.isEmpty)
    }
}
