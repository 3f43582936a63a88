import Testing

@testable import LeaseQueue

@Suite("Leases", .timeLimit(.minutes(3)))
struct LeaseTests {
    @Test("a lease describes its job, and the queue reports its holder")
    func lease_describesItsJob() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer("worker 7")
        _ = try await queues.enqueue([Job("a", priority: 8)], to: "main")
        let reply = try await queues.lease(5, from: "main", leaseTime: .seconds(600))
        let lease = try #require(reply.leases.first)
        #expect(reply.leases.count == 1)
        #expect(reply.control == .run)
        #expect(try #require(reply.nextEvent) <= .seconds(600))
        #expect(lease.id == "a")
        #expect(lease.payload == Array("a".utf8))
        #expect(lease.queue == "main")
        #expect(lease.priority == 8)
        #expect(lease.attempt == 1)
        #expect(lease.deliveries == 1)
        #expect(lease.originToken == nil)
        #expect(lease.isValid)
        #expect(lease.enqueuedAt > 1_600_000_000_000_000)
        #expect(UInt64(lease.enqueuedAt) < lease.token.rawValue)
        #expect(try await fixture.state() == QueueState(leased: ["a"], jobs: ["a"], held: ["a"], wakes: 1))

        let held = try await queues.heldLeases(in: "main", limit: 10)
        #expect(held.map(\.id) == ["a"])
        #expect(held[0].consumer == "worker 7")
        #expect(held[0].token == lease.token)
        #expect(held[0].timeLeft <= .seconds(600))
        #expect(held[0].timeLeft > .seconds(500))
        #expect(held[0].age < .seconds(100))
    }

    @Test("a holder's note is sent with its heartbeat, and ends with the lease", arguments: [false, true])
    func note_isSentWithTheHeartbeat(hasHistory: Bool) async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer("worker\n7")
        let main: QueueName = "main"
        _ = try await queues.enqueue([Job("a"), Job("b")], to: main)
        if hasHistory {
            let first = try await queues.lease(2, from: main).leases
            _ = try await queues.finish(first.map { .fail($0, error: "no") }, in: main)
        }
        let leases = try await queues.lease(2, from: main, leaseTime: .seconds(600)).leases
        func notes() async throws -> [String: String] {
            let held = try await queues.heldLeases(in: main, limit: 9)
            #expect(held.count == 2)
            #expect(held.allSatisfy { $0.consumer == "worker\n7" })
            return Dictionary(uniqueKeysWithValues: held.map { ($0.id, $0.note) })
        }
        #expect(try await queues.extend(leases).held == [true, true])
        #expect(try await notes() == ["a": "", "b": ""])
        leases[0].note = "step 3\0 of 4 °"
        _ = try await queues.extend(leases)
        #expect(try await notes() == [leases[0].id: "step 3\0 of 4 °", leases[1].id: ""])
        leases[0].note = ""
        leases[1].note = String(repeating: "ä", count: 1000)
        _ = try await queues.extend(leases)
        #expect(
            try await notes() == [leases[0].id: "step 3\0 of 4 °", leases[1].id: String(repeating: "ä", count: 100)])
        guard
            case .leased("worker\n7", leases[0].token, _, _, "step 3\0 of 4 °") =
                try await queues.states(of: [leases[0].id], in: main)[0]
        else {
            Issue.record("not leased")
            return
        }
        _ = try await queues.finish([.complete(leases[0])], in: main)
        try await fixture.expireLeases(leases[1].id)
        let again = try await queues.lease(1, from: main, leaseTime: .seconds(600)).leases
        #expect(again.map(\.id) == [leases[1].id])
        #expect(again[0].note.isEmpty)
        #expect(try await queues.heldLeases(in: main, limit: 9).map(\.note) == [""])
        let state = try await fixture.state()
        #expect(state.contradictions == [])
        #expect(state.histories == [leases[1].id])
        _ = try await queues.finish([.complete(again[0])], in: main)
        #expect(try await fixture.state().histories == [])
    }

    @Test("tokens only grow, within a call and across queues")
    func tokens_onlyGrow() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        for queue in ["main", "next"] as [QueueName] {
            _ = try await queues.enqueue((0..<20).map { Job("\($0)") }, to: queue)
        }
        var tokens: [FencingToken] = []
        for _ in 0..<5 {
            tokens += try await queues.lease(3, from: "main").leases.map(\.token)
            tokens += try await queues.lease(1, from: "next").leases.map(\.token)
        }
        #expect(tokens.count == 20)
        #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("the job of an expired lease goes to another consumer, after the lease has become invalid")
    func expiredLease_goesToAnotherConsumer() async throws {
        let fixture = try await QueueFixture()
        let first = try await fixture.consumer("first")
        let second = try await fixture.consumer("second")
        _ = try await first.enqueue([Job("a")], to: "main")
        let lost = try await first.lease(1, from: "main", leaseTime: .milliseconds(50)).leases[0]
        let next = try #require(try await second.lease(1, from: "main", wait: .seconds(20)).leases.first)
        #expect(!lost.isValid)
        #expect(next.id == "a")
        #expect(next.token > lost.token)
        #expect(next.attempt == 1)
        #expect(next.deliveries == 2)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("jobs whose leases expired come before those that were never leased")
    func reclaimedJobs_comeFirst() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        _ = try await queues.lease(2, from: "main")
        try await fixture.expireLeases()
        #expect(try await queues.lease(3, from: "main").leases.map(\.id) == ["a", "b", "c"])
    }

    @Test("extending keeps a lease beyond its time and moves its deadline")
    func extend_movesTheDeadline() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let leases = try await queues.lease(2, from: "main", leaseTime: .milliseconds(300)).leases
        let before = try await fixture.state()
        let reply = try await queues.extend([leases[0]], by: .seconds(600))
        #expect(reply.held == [true])
        #expect(reply.control == .run)
        #expect(try await fixture.state() == before)
        #expect(leases[0].expires > .now.advanced(by: .seconds(500)))
        #expect(leases[1].expires < .now.advanced(by: .seconds(1)))
        #expect(try await queues.lease(1, from: "main", wait: .seconds(10)).leases.map(\.id) == ["b"])
        #expect(leases[0].isValid)
        #expect(!leases[1].isValid)
        #expect(try await queues.extend(leases).held == [true, false])
        #expect(try await queues.extend([]).held == [])
    }

    @Test("leases of several queues are extended at once, and the strictest control state is returned")
    func extend_returnsTheStrictestState() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        _ = try await queues.enqueue([Job("b")], to: "next")
        let leases = try await queues.lease(1, from: "main").leases + queues.lease(1, from: "next").leases
        try await queues.setControl(.drain, for: "next")
        let reply = try await queues.extend(leases)
        #expect(reply.held == [true, true])
        #expect(reply.control == .drain)
    }

    @Test("a job whose leases keep expiring becomes a dead letter when the last one is taken back")
    func repeatedCrashes_makeDeadLetter() async throws {
        let fixture = try await QueueFixture()
        let configuration = QueueConfiguration(name: "main", maximumCrashes: 2, deadLetterNotice: "notices")
        let queues = try await fixture.consumer(queues: [configuration, QueueConfiguration(name: "notices")])
        _ = try await queues.enqueue([Job("poison")], to: "main")
        _ = try await queues.lease(1, from: "main")
        try await fixture.expireLeases()
        let second = try await queues.lease(1, from: "main").leases[0]
        #expect(second.deliveries == 2)
        try await fixture.expireLeases()
        #expect(try await queues.lease(1, from: "main").leases.isEmpty)
        #expect(try await fixture.state().dead == ["poison"])
        #expect(try await fixture.state().contradictions == [])

        let letter = try await queues.deadLetters(in: "main", limit: 10)[0]
        #expect(letter.failures.map(\.kind) == [.crashed, .crashed])
        #expect(letter.failures.map(\.consumer) == ["a", "a"])
        #expect(letter.failures[1].token == second.token)
        let notice = try await queues.lease(10, from: "notices").leases
        #expect(notice.map(\.id) == ["poison#dead#\(second.token)"])
        #expect(notice[0].payload == Array("poison".utf8))
        #expect(notice[0].originToken == second.token)
    }

    @Test("many expired leases are taken back in bounded batches, and none is lost")
    func manyExpiredLeases_areTakenBackInBatches() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue((0..<350).map { Job("\($0)") }, to: "main")
        #expect(try await queues.lease(350, from: "main", leaseTime: .milliseconds(10)).leases.count == 350)
        try await Task.sleep(for: .milliseconds(20))
        let first = try await queues.lease(0, from: "main")
        #expect(first.nextEvent == .zero, "more have run out than one call takes back")
        #expect(try await queues.counts()["main"] == QueueCounts(ready: 100, leased: 250))
        for _ in 0..<3 { _ = try await queues.lease(0, from: "main") }
        #expect(try await queues.counts()["main"] == QueueCounts(ready: 350))
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("requests for no job, too many jobs, or too short a time are answered as documented")
    func leaseLimits_areDocumented() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let nothing = try await queues.lease(0, from: "main")
        #expect(nothing.leases.isEmpty)
        #expect(nothing.nextEvent == nil)
        for count in [-1, 1001] {
            await #expect(throws: LeaseQueueError.self) { try await queues.lease(count, from: "main") }
        }
        await #expect(throws: LeaseQueueError.self) {
            try await queues.lease(1, from: "main", leaseTime: .milliseconds(9))
        }
    }
}

@Suite("Leasing one given job", .timeLimit(.minutes(3)))
struct LeaseByIDTests {
    @Test("the job is leased regardless of the jobs before it, ends like any other, and is leased to one consumer only")
    func leaseByID_skipsTheJobsBefore() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b", priority: 9), Job("c"), Job("d")], to: "main")
        let reply = try await queues.lease(id: "c", from: "main", leaseTime: .seconds(600))
        let lease = try #require(reply.leases.first)
        #expect(lease.id == "c")
        #expect(lease.payload == Array("c".utf8))
        #expect(lease.deliveries == 1)
        #expect(lease.isValid)
        let other = try await fixture.consumer("other")
        #expect(try await other.lease(id: "c", from: "main").leases.isEmpty)
        let rest = try await other.lease(9, from: "main").leases
        #expect(rest.map(\.id) == ["b", "a", "d"])
        #expect(rest.allSatisfy { $0.token > lease.token })
        #expect(try await queues.extend([lease]).held == [true])
        #expect(try await queues.finish([.fail(lease, error: "no")], in: "main").results == [.done])
        let again = try #require(try await queues.lease(id: "c", from: "main").leases.first)
        #expect(again.attempt == 2)
        #expect(again.token > rest[2].token)
        #expect(try await queues.finish([.complete(again)], in: "main").results == [.done])
        #expect(try await queues.lease(id: "c", from: "main").leases.isEmpty)
        #expect(try await queues.report(of: "main").lastHour.leased == 5)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("a job that is not ready, or may not be leased, is not leased")
    func leaseByID_needsReadyJob() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("later", delay: .seconds(600))], to: "main")
        for id in ["later", "nowhere", ""] { #expect(try await queues.lease(id: id, from: "main").leases.isEmpty) }
        for state in [ControlState.pause, .drain, .stop] {
            try await queues.setControl(state, for: "main")
            let reply = try await queues.lease(id: "a", from: "main")
            #expect(reply.leases.isEmpty)
            #expect(reply.control == state)
        }
        try await queues.setControl(.run, for: "main")
        try await queues.setBudget(1, for: "main")
        #expect(try await queues.lease(id: "a", from: "main").leases.count == 1)
        #expect(try await queues.lease(id: "b", from: "main").leases.isEmpty)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("a job whose holder died is leased after its lease has expired")
    func leaseByID_takesBackExpiredLease() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        _ = try await fixture.consumer("gone").lease(id: "b", from: "main")
        #expect(try await queues.lease(id: "b", from: "main").leases.isEmpty)
        try await fixture.expireLeases()
        #expect(try await queues.lease(id: "b", from: "main").leases.first?.deliveries == 2)
    }

    @Test("a repeated request gets the same lease; a first attempt that arrives late gets none")
    func leaseByID_isIdempotent() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        func send(_ attempt: Int, _ id: String = "b") async throws -> [Lease] {
            try await queues.leaseByID(id, from: "main", leaseTime: nil, number: 7, first: attempt).leases
        }
        let lost = try await send(1)
        let again = try await send(2)
        #expect(lost.count == 1)
        #expect(again.map(\.token) == lost.map(\.token))
        _ = try await queues.finish(again.map { .release($0) }, in: "main")
        #expect(try await send(1).isEmpty)
        #expect(try await fixture.state().ready == [5: ["b", "a"]])
        // A job that this consumer holds is not given to another request of the same consumer.
        let own = try await queues.lease(id: "a", from: "main").leases
        #expect(own.count == 1)
        #expect(try await queues.lease(id: "a", from: "main").leases.isEmpty)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("pages have the ready jobs in the order of leasing, and lease none")
    func readyJobs_areInLeasingOrder() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue(
            [Job("c"), Job("d"), Job("a", priority: 9), Job("b", priority: 7), Job("e", priority: 0)], to: "main")
        #expect(try await queues.readyJobs(in: "main").map(\.id) == ["a", "b", "c", "d", "e"])
        #expect(try await queues.readyJobs(in: "main", offset: 1, limit: 2).map(\.id) == ["b", "c"])
        #expect(try await queues.readyJobs(in: "main", offset: 4, limit: 9).map(\.id) == ["e"])
        #expect(try await queues.readyJobs(in: "main", offset: 5).isEmpty)
        let first = try await queues.readyJobs(in: "main", limit: 1)[0]
        #expect(first.priority == 9)
        #expect(first.payload == Array("a".utf8))
        #expect(try await queues.counts()["main"]?.leased == 0)
    }

    @Test("each time that a job becomes ready it has another delivery")
    func delivery_isUnique() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            queues: [QueueConfiguration(name: "main", maximumAttempts: 1, maximumCrashes: 9)])
        func delivery() async throws -> String { try await #require(queues.readyJobs(in: "main").first).delivery }
        var seen: [String] = []
        for _ in 0..<2 {
            _ = try await queues.enqueue([Job("a")], to: "main")
            seen.append(try await delivery())
            #expect(try await delivery() == seen.last)
            _ = try await queues.finish(queues.lease(1, from: "main").leases.map { .release($0) }, in: "main")
            seen.append(try await delivery())
            _ = try await queues.lease(1, from: "main")
            try await fixture.expireLeases()
            _ = try await queues.lease(0, from: "main")
            seen.append(try await delivery())
            for _ in 0..<2 {
                let leases = try await queues.lease(1, from: "main").leases
                _ = try await queues.finish(leases.map { .fail($0, error: "no") }, in: "main")
                #expect(try await queues.retryDead(ids: ["a"], in: "main") == 1)
                seen.append(try await delivery())
            }
            _ = try await queues.finish(queues.lease(1, from: "main").leases.map { .complete($0) }, in: "main")
        }
        #expect(Set(seen).count == seen.count, "\(seen)")
    }
}
