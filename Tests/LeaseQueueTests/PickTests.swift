import Testing

@testable import LeaseQueue

@Suite("Leasing one given job", .timeLimit(.minutes(3)))
struct PickTests {
    @Test("the job is leased whatever is before it, ends as any other, and is leased to nobody else meanwhile")
    func given() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b", priority: 9), Job("c"), Job("d")], to: "main")
        let reply = try await queues.lease(id: "c", from: "main", leaseTime: .seconds(600))
        let lease = try #require(reply.leases.first)
        #expect(lease.id == "c" && lease.payload == Array("c".utf8) && lease.deliveries == 1 && lease.isValid)
        let other = try await fixture.consumer("other")
        #expect(try await other.lease(id: "c", from: "main").leases.isEmpty)
        let rest = try await other.lease(9, from: "main").leases
        #expect(rest.map(\.id) == ["b", "a", "d"] && rest.allSatisfy { $0.token > lease.token })
        #expect(try await queues.extend([lease]).held == [true])
        #expect(try await queues.finish([.fail(lease, error: "no")], in: "main").results == [.done])
        let again = try #require(try await queues.lease(id: "c", from: "main").leases.first)
        #expect(again.attempt == 2 && again.token > rest[2].token)
        #expect(try await queues.finish([.complete(again)], in: "main").results == [.done])
        #expect(try await queues.lease(id: "c", from: "main").leases.isEmpty)
        #expect(try await queues.report(of: "main").lastHour.leased == 5)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("a job that is not ready, or may not be leased, is left alone")
    func left() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("later", delay: .seconds(600))], to: "main")
        for id in ["later", "nowhere", ""] { #expect(try await queues.lease(id: id, from: "main").leases.isEmpty) }
        for state in [ControlState.pause, .drain, .stop] {
            try await queues.setControl(state, for: "main")
            let reply = try await queues.lease(id: "a", from: "main")
            #expect(reply.leases.isEmpty && reply.control == state)
        }
        try await queues.setControl(.run, for: "main")
        try await queues.setBudget(1, for: "main")
        #expect(try await queues.lease(id: "a", from: "main").leases.count == 1)
        #expect(try await queues.lease(id: "b", from: "main").leases.isEmpty)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("a job whose holder vanished is leased once its lease ran out")
    func ranOut() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        _ = try await fixture.consumer("gone").lease(id: "b", from: "main")
        #expect(try await queues.lease(id: "b", from: "main").leases.isEmpty)
        try await fixture.letTimePass()
        #expect(try await queues.lease(id: "b", from: "main").leases.first?.deliveries == 2)
    }

    @Test("a request that is sent again gets the same lease; its first try that arrives late gets none")
    func repeated() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        func send(_ attempt: Int, _ id: String = "b") async throws -> [Lease] {
            try await queues.pick(id, from: "main", leaseTime: nil, number: 7, first: attempt).leases
        }
        let lost = try await send(1)
        let again = try await send(2)
        #expect(lost.count == 1 && again.map(\.token) == lost.map(\.token))
        _ = try await queues.finish(again.map { .release($0) }, in: "main")
        #expect(try await send(1).isEmpty)
        #expect(try await fixture.state().ready == [5: ["b", "a"]])
        // What this consumer holds is not given to another request of its own.
        let own = try await queues.lease(id: "a", from: "main").leases
        #expect(own.count == 1)
        #expect(try await queues.lease(id: "a", from: "main").leases.isEmpty)
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("pages show the ready jobs in the order of leasing, and lease none")
    func pages() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue(
            [Job("c"), Job("d"), Job("a", priority: 9), Job("b", priority: 7), Job("e", priority: 0)], to: "main")
        #expect(try await queues.readyJobs(in: "main").map(\.id) == ["a", "b", "c", "d", "e"])
        #expect(try await queues.readyJobs(in: "main", offset: 1, limit: 2).map(\.id) == ["b", "c"])
        #expect(try await queues.readyJobs(in: "main", offset: 4, limit: 9).map(\.id) == ["e"])
        #expect(try await queues.readyJobs(in: "main", offset: 5).isEmpty)
        let first = try await queues.readyJobs(in: "main", limit: 1)[0]
        #expect(first.priority == 9 && first.payload == Array("a".utf8))
        #expect(try await queues.counts()["main"]?.leased == 0)
    }

    @Test("each stay among the ready jobs has a delivery of its own")
    func deliveries() async throws {
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
            try await fixture.letTimePass()
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
