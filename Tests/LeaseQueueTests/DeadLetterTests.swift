import LeaseQueue
import Support
import Testing

@Suite("Dead letters", .timeLimit(.minutes(3)))
struct DeadLetterTests {
    /// Creates a queue in which one failure makes a dead letter, and some dead letters.
    private func fixture(_ errors: [String: String]) async throws -> (QueueFixture, LeaseQueues) {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            "worker", queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue(errors.keys.sorted().map { Job($0) }, to: "main")
        let leases = try await queues.lease(1000, from: "main").leases
        _ = try await queues.finish(leases.map { .fail($0, error: errors[$0.id]!) }, in: "main")
        return (fixture, queues)
    }

    @Test("a retried dead letter has a fresh attempt count and a newer token, and keeps its history until it ends")
    func retry_resetsAttemptsAndKeepsHistory() async throws {
        let (fixture, queues) = try await fixture(["a": "first"])
        let letter = try #require(try await queues.deadLetter(id: "a", in: "main"))
        #expect(letter.failureCount == 1)
        #expect(letter.crashCount == 0)
        #expect(letter.releaseCount == 0)
        #expect(letter.failures.map(\.error) == ["first"])
        #expect(letter.failures[0].leasedAt <= letter.failures[0].time)
        #expect(try await queues.deadLetter(id: "b", in: "main") == nil)

        #expect(try await queues.retryDead(ids: ["a", "b"], in: "main") == 1)
        #expect(try await queues.retryDead(ids: ["a"], in: "main") == 0)
        #expect(try await fixture.state() == QueueState(ready: [5: ["a"]], jobs: ["a"], histories: ["a"], wakes: 1))
        let again = try await queues.lease(1, from: "main").leases[0]
        #expect(again.attempt == 1)
        #expect(again.token > letter.failures[0].token)
        _ = try await queues.finish([.fail(again, error: "second")], in: "main")
        #expect(try await queues.deadLetter(id: "a", in: "main")?.failures.map(\.error) == ["first", "second"])

        #expect(try await queues.retryDead(ids: ["a"], in: "main") == 1)
        let last = try await queues.lease(1, from: "main").leases[0]
        _ = try await queues.finish([.complete(last)], in: "main")
        var state = try await fixture.state()
        state.wakes = 0
        #expect(state == QueueState(), "nothing is left, the history included")
    }

    @Test("a dropped dead letter is removed, and its id is free")
    func dropDead_freesTheID() async throws {
        let (fixture, queues) = try await fixture(["a": "no", "b": "no"])
        _ = try await queues.enqueue([Job("ready")], to: "main")
        #expect(try await queues.dropDead(ids: ["a", "ready", "nowhere"], in: "main") == 1)
        let state = try await fixture.state()
        #expect(state.jobs == ["b", "ready"])
        #expect(state.histories == ["b"])
        #expect(state.contradictions == [])
        #expect(try await queues.enqueue([Job("a")], to: "main") == [true])
    }

    @Test("a filter selects by error, consumer and age, over any number of pages")
    func filter_selectsByErrorConsumerAndAge() async throws {
        var errors: [String: String] = [:]
        for number in 0..<350 { errors["job \(1000 + number)"] = number % 2 == 0 ? "Out of Memory" : "timed out" }
        let (fixture, queues) = try await fixture(errors)
        let none = [
            DeadLetterFilter(errorContains: "no such error"), DeadLetterFilter(consumerContains: "other"),
            DeadLetterFilter(olderThan: .seconds(3600)),
        ]
        for filter in none { #expect(try await queues.dropDead(matching: filter, in: "main") == 0) }
        let memory = DeadLetterFilter(errorContains: "out of memory", consumerContains: "work", olderThan: .zero)
        #expect(try await queues.retryDead(matching: memory, in: "main") == 175)
        #expect(try await queues.counts()["main"] == QueueCounts(ready: 175, dead: 175))
        #expect(try await queues.dropDead(matching: DeadLetterFilter(), in: "main") == 175)
        #expect(try await queues.counts()["main"] == QueueCounts(ready: 175))
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("a long history keeps its newest entries, and its job can still be read")
    func longHistory_keepsNewestEntries() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [
            QueueConfiguration(name: "main", maximumAttempts: 50, backoff: Backoff(base: .zero, cap: .zero))
        ])
        _ = try await queues.enqueue([Job("a")], to: "main")
        for number in 1...50 {
            let lease = try await queues.lease(1, from: "main").leases[0]
            let error = "\(number) " + String(repeating: "\n9 9", count: 600)
            _ = try await queues.finish([.fail(lease, error: error)], in: "main")
        }
        let letter = try #require(try await queues.deadLetter(id: "a", in: "main"))
        #expect(letter.failureCount == 50)
        #expect((25...40).contains(letter.failures.count))
        #expect(letter.failures.last?.error.hasPrefix("50 ") == true)
    }
}
