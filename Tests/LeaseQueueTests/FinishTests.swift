import LeaseQueue
import RedisClient
import Support
import Testing

@Suite("Ending leases", .timeLimit(.minutes(3)))
struct FinishTests {
    private func forward(_ id: String, to queue: QueueName = "next", delay: Duration = .zero) -> Forward {
        Forward(queue: queue, job: Job(id, delay: delay))
    }

    @Test("completing, forwarding and leasing the next job is one step with an exact result")
    func completeForwardAndLease_isOneStep() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        let forwards = [
            forward("x"), forward("later", delay: .seconds(60)), forward("x"),
            Forward(queue: "next", job: Job("y", priority: 9)),
            forward("d", to: "main"), forward("b", to: "main"),
        ]
        let reply = try await queues.finish([.complete(lease, forward: forwards)], in: "main", leaseNext: 1)
        #expect(reply.results == [.done])
        #expect(reply.deadLettered == [false])
        #expect(reply.next.leases.map(\.id) == ["b"])
        #expect(reply.next.leases[0].token > lease.token)
        #expect(!lease.isValid)
        #expect(
            try await fixture.state()
                == QueueState(ready: [5: ["c", "d"]], leased: ["b"], jobs: ["b", "c", "d"], held: ["b"], wakes: 1))
        #expect(
            try await fixture.state(of: "next")
                == QueueState(ready: [5: ["x"], 9: ["y"]], delayed: ["later"], jobs: ["x", "y", "later"], wakes: 1))
        let moved = try await queues.lease(2, from: "next").leases
        #expect(moved.map(\.originToken) == [lease.token, lease.token])
    }

    @Test("a forward may enqueue the completed id again, and skips known ids")
    func forward_mayReuseTheCompletedID() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        _ = try await queues.enqueue([Job(id: "x", payload: [1])], to: "next")
        let lease = try await queues.lease(1, from: "main").leases[0]
        let outcome = Outcome.complete(lease, forward: [forward("a", to: "main"), forward("x")])
        #expect(try await queues.finish([outcome], in: "main").results == [.done])
        #expect(try await fixture.state().ready == [5: ["a"]])
        #expect(try await queues.lease(1, from: "next").leases.map(\.payload) == [[1]])
    }

    @Test("one call forwards thousands of jobs")
    func forward_acceptsThousandsOfJobs() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue((0..<1000).map { Job("\($0)") }, to: "main")
        let leases = try await queues.lease(1000, from: "main").leases
        let outcomes = leases.map { lease in
            Outcome.complete(lease, forward: (0..<20).map { forward("\(lease.id)-\($0)") })
        }
        let reply = try await queues.finish(outcomes, in: "main")
        #expect(reply.results.allSatisfy { $0 == .done })
        #expect(reply.results.count == 1000)
        #expect(try await queues.counts() == ["main": QueueCounts(), "next": QueueCounts(ready: 20_000)])
        #expect(try await fixture.state(of: "next").contradictions == [])
    }

    @Test("a consumer that lost its lease cannot complete, fail, release, extend or forward")
    func lostLease_changesNothing() async throws {
        let fixture = try await QueueFixture()
        let stale = try await fixture.consumer("stale")
        let owner = try await fixture.consumer("owner")
        _ = try await stale.enqueue([Job("a")], to: "main")
        let lost = try await stale.lease(1, from: "main").leases[0]
        try await fixture.expireLeases()
        let kept = try await owner.lease(1, from: "main").leases[0]
        let before = try await (fixture.state(), fixture.state(of: "next"))
        let outcomes: [Outcome] = [
            .complete(lost, forward: [forward("x")]), .fail(lost, error: "no", forward: [forward("x")]), .release(lost),
        ]
        for outcome in outcomes {
            let reply = try await stale.finish([outcome], in: "main")
            #expect(reply.results == [.stale])
            #expect(reply.deadLettered == [false])
        }
        #expect(try await stale.finish(outcomes, in: "main").results == [.stale, .stale, .stale])
        #expect(try await stale.extend([lost]).held == [false])
        let after = try await (fixture.state(), fixture.state(of: "next"))
        #expect(after == before)
        #expect(try await owner.finish([.complete(kept)], in: "main").results == [.done])
        #expect(try await stale.finish(outcomes, in: "main").results == [.stale, .stale, .stale])
    }

    @Test("an expired lease that was not taken back still counts: its token is the newest")
    func expiredLeaseWithNewestToken_counts() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        try await fixture.expireLeases()
        #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
        #expect(try await fixture.state().jobs == [])
    }

    @Test(
        "an outcome that is sent twice is already done, also within a batch, and after its id was enqueued again"
    )
    func repeatedOutcome_isAlreadyDone() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let other = try await fixture.consumer("other")
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        let leases = try await queues.lease(3, from: "main").leases
        let outcomes: [Outcome] = [
            .complete(leases[0], forward: [forward("x")]), .fail(leases[1], error: "no"), .release(leases[2]),
        ]
        #expect(
            try await queues.finish(outcomes + [outcomes[0]], in: "main").results == [
                .done, .done, .done, .alreadyDone,
            ])
        _ = try await queues.enqueue([Job("a")], to: "main")
        let before = try await (fixture.state(), fixture.state(of: "next"))
        #expect(try await queues.finish(outcomes, in: "main").results == [.alreadyDone, .alreadyDone, .alreadyDone])
        #expect(try await other.finish(outcomes, in: "main").results == [.stale, .stale, .stale])
        let after = try await (fixture.state(), fixture.state(of: "next"))
        #expect(after == before)
    }

    @Test("the memory of finished tokens is bounded")
    func finishedTokens_areBounded() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        var last: [Lease] = []
        for _ in 0..<5 {
            _ = try await queues.enqueue((0..<1000).map { Job("\($0)") }, to: "main")
            last = try await queues.lease(1000, from: "main").leases
            _ = try await queues.finish(last.map { .complete($0) }, in: "main")
        }
        #expect(
            try await queues.finish(last.map { .complete($0) }, in: "main").results.allSatisfy { $0 == .alreadyDone })
        let key = "{\(fixture.namespace)}:main:finished:a"
        let length = try #require(try await fixture.redis.send("LLEN", key).number)
        let seconds = try #require(try await fixture.redis.send("TTL", key).number)
        #expect(length <= 2048)
        #expect(seconds > 0)
    }

    @Test("failures are delayed and counted, and end in a dead letter with the error of every attempt, and a notice")
    func failures_endInDeadLetter() async throws {
        let fixture = try await QueueFixture()
        let configuration = QueueConfiguration(
            name: "main", maximumAttempts: 3, backoff: Backoff(base: .seconds(60), cap: .seconds(60)),
            deadLetterNotice: "notices")
        let queues = try await fixture.consumer(
            queues: [configuration, QueueConfiguration(name: "notices"), QueueConfiguration(name: "next")])
        _ = try await queues.enqueue([Job("a", priority: 7)], to: "main")
        var tokens: [FencingToken] = []
        for attempt in 1...3 {
            let lease = try #require(try await queues.lease(1, from: "main").leases.first)
            #expect(lease.attempt == attempt)
            #expect(lease.deliveries == attempt)
            #expect(lease.priority == 7)
            tokens.append(lease.token)
            let outcome = Outcome.fail(lease, error: "error \(attempt)", forward: [forward("note \(attempt)")])
            let reply = try await queues.finish([outcome], in: "main")
            #expect(reply.results == [.done])
            #expect(reply.deadLettered == [attempt == 3])
            let state = try await fixture.state()
            #expect(state.contradictions == [])
            #expect(state.histories == ["a"])
            #expect(attempt == 3 ? state.dead == ["a"] : state.delayed == ["a"])
            try await fixture.expireLeases()
        }
        let letters = try await queues.deadLetters(in: "main", limit: 10)
        let letter = try #require(letters.first)
        #expect(letters.count == 1)
        #expect(letter.id == "a")
        #expect(letter.payload == Array("a".utf8))
        #expect(letter.priority == 7)
        #expect(letter.failures.map(\.error) == ["error 1", "error 2", "error 3"])
        #expect(letter.failures.map(\.token) == tokens)
        #expect(letter.failures.allSatisfy { $0.kind == .failed })
        #expect(letter.diedAt >= letter.enqueuedAt / 1000)
        let notices = try await queues.lease(10, from: "notices").leases
        #expect(notices.map(\.id) == ["a#dead#\(tokens[2])"])
        #expect(notices[0].originToken == tokens[2])
        #expect(try await fixture.state(of: "next").ready == [5: ["note 1", "note 2", "note 3"]])
        #expect(try await queues.deadLetters(in: "main", offset: 1, limit: 10).isEmpty)
    }

    @Test("the wait after a failure grows with full jitter up to its cap")
    func backoff_growsToItsCap() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        #expect((1...8).map { backoff.bound(afterFailures: $0) } == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(backoff.bound(afterFailures: 100_000) == .seconds(60))
        var generator = SystemRandomNumberGenerator()
        let delays = (0..<1000).map { _ in backoff.delay(afterFailures: 3, using: &generator) }
        #expect(delays.allSatisfy { $0 >= .zero && $0 < .seconds(4) })
        #expect(delays.contains { $0 < .seconds(1) })
        #expect(delays.contains { $0 > .seconds(3) })
    }

    @Test("a long error is cut between characters")
    func longError_isCutBetweenCharacters() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        _ = try await queues.finish([.fail(lease, error: "x" + String(repeating: "€", count: 5000))], in: "main")
        let error = try await queues.deadLetters(in: "main", limit: 1)[0].failures[0].error
        #expect(error == "x" + String(repeating: "€", count: 666))
    }

    @Test("released jobs are ready at once, at the front in their order, and are not counted as failed")
    func releasedJobs_returnToTheFront() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        for turn in 1...20 {
            let leases = try await queues.lease(2, from: "main").leases
            #expect(leases.map(\.id) == ["a", "b"])
            #expect(leases.allSatisfy { $0.attempt == 1 && $0.deliveries == turn })
            #expect(try await queues.finish(leases.map { .release($0) }, in: "main").results == [.done, .done])
            #expect(
                try await fixture.state() == QueueState(ready: [5: ["a", "b", "c"]], jobs: ["a", "b", "c"], wakes: 1))
        }
    }

    @Test("a completed job leaves nothing behind, also after failures and crashes")
    func completedJob_leavesNothing() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        _ = try await queues.finish([.fail(queues.lease(1, from: "main").leases[0], error: "no")], in: "main")
        _ = try await queues.lease(1, from: "main")
        try await fixture.expireLeases()
        let lease = try await queues.lease(1, from: "main").leases[0]
        #expect(lease.attempt == 2)
        #expect(lease.deliveries == 3)
        #expect(try await fixture.state().histories == ["a"])
        _ = try await queues.finish([.complete(lease)], in: "main")
        #expect(try await fixture.state() == QueueState(wakes: 1))
    }

    @Test("a batch may mix outcomes that count, stale ones and dead letters")
    func mixedBatch_countsEachOutcome() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            queues: [QueueConfiguration(name: "main", maximumAttempts: 1), QueueConfiguration(name: "next")])
        let other = try await fixture.consumer("other")
        _ = try await queues.enqueue([Job("stale", priority: 9)], to: "main")
        let stale = try await queues.lease(1, from: "main").leases[0]
        try await fixture.expireLeases()
        _ = try await other.lease(1, from: "main")
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        let leases = try await queues.lease(3, from: "main").leases
        let outcomes: [Outcome] = [
            .fail(leases[0], error: "one", forward: [forward("from a")]), .complete(stale, forward: [forward("never")]),
            .release(leases[1]), .complete(leases[2], forward: [forward("from c")]),
        ]
        let reply = try await queues.finish(outcomes, in: "main")
        #expect(reply.results == [.done, .stale, .done, .done])
        #expect(reply.deadLettered == [true, false, false, false])
        let state = try await fixture.state()
        #expect(state.dead == ["a"])
        #expect(state.leased == ["stale"])
        #expect(state.ready == [5: ["b"]])
        #expect(state.contradictions == [])
        let moved = try await queues.lease(10, from: "next").leases
        #expect(moved.map(\.id) == ["from a", "from c"])
        #expect(moved.map(\.originToken) == [leases[0].token, leases[2].token])
        #expect(try await queues.deadLetters(in: "main", limit: 1)[0].failures.map(\.error) == ["one"])
    }

    @Test("outcomes of another queue, too many outcomes, and unknown targets are refused")
    func invalidOutcomes_areRefused() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        let before = try await fixture.state()
        let wrong: [([Outcome], QueueName)] = [
            ([.complete(lease)], "next"), ([Outcome](repeating: .complete(lease), count: 1001), "main"),
            ([.complete(lease, forward: [forward("x", to: "nowhere")])], "main"),
            ([.complete(lease, forward: [Forward(queue: "next", job: Job("", priority: 5))])], "main"),
        ]
        for (outcomes, queue) in wrong {
            await #expect(throws: LeaseQueueError.self) { try await queues.finish(outcomes, in: queue) }
        }
        #expect(try await fixture.state() == before)
        #expect(lease.isValid)
    }
}
