import RedisClient
import Testing

@testable import LeaseQueue

/// A request whose reply was lost is sent again, and may even arrive after its repetition.
@Suite("Requests that are sent again", .timeLimit(.minutes(3)))
struct IdempotencyTests {
    @Test(
        "a repeated request gets the same leases and no others, and nothing is counted twice", arguments: [1, 3, 1000])
    func repeatedRequest_getsTheSameLeases(count: Int) async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue((0..<count + 10).map { Job("\($0)") }, to: "main")
        let lost = try await queues.send(leaseNext: count, number: 77, attempt: 1).next.leases
        let before = try await fixture.state()
        // Another consumer leases in the meantime, and this one, too.
        let other = try await fixture.consumer("other").lease(1, from: "main").leases
        let own = try await queues.lease(1, from: "main").leases
        for attempt in 2...4 {
            let again = try await queues.send(leaseNext: count, number: 77, attempt: attempt).next.leases
            #expect(again.map(\.id) == lost.map(\.id))
            #expect(again.map(\.token) == lost.map(\.token))
            #expect(again.map(\.payload) == lost.map(\.payload))
            #expect(again.allSatisfy { $0.deliveries == 1 })
        }
        let after = try await fixture.state()
        #expect(after.leased == before.leased.union((other + own).map(\.id)))
        #expect(after.contradictions == [])
        #expect(try await queues.report(of: "main").lastHour.leased == count + 2)
        let again = try await queues.send(leaseNext: count, number: 77, attempt: 5).next.leases
        #expect(try await queues.finish(again.map { .complete($0) }, in: "main").results.allSatisfy { $0 == .done })
    }

    @Test("if the reply to outcomes and a lease was lost, the outcomes are already done and the leases are the same")
    func repeatedFinishAndLease_isAlreadyDone() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        let first = try await queues.lease(1, from: "main").leases[0]
        let outcome = Outcome.complete(first, forward: [Forward(queue: "next", job: Job("x"))])
        let lost = try await queues.send([outcome], leaseNext: 1, number: 5, attempt: 1)
        #expect(lost.results == [.done])
        let again = try await queues.send([outcome], leaseNext: 1, number: 5, attempt: 2)
        #expect(again.results == [.alreadyDone])
        #expect(again.next.leases.map(\.token) == lost.next.leases.map(\.token))
        #expect(try await fixture.state(of: "next").jobs == ["x"])
        #expect(try await fixture.state().leased == ["b"])
    }

    @Test("a repetition leases if the first attempt never arrived; a first attempt that arrives later leases nothing")
    func lateAttempt_leasesNothing() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue((0..<10).map { Job("\($0)") }, to: "main")
        #expect(try await queues.send(leaseNext: 2, number: 9, attempt: 3).next.leases.map(\.id) == ["0", "1"])
        for attempt in [1, 2] {
            #expect(try await queues.send(leaseNext: 2, number: 9, attempt: attempt).next.leases.isEmpty)
        }
        #expect(try await fixture.state().leased == ["0", "1"])
        // Other requests are not affected.
        #expect(try await queues.lease(2, from: "main").leases.map(\.id) == ["2", "3"])
    }

    @Test("the memory of attempts is bounded")
    func fences_areBounded() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue((0..<500).map { Job("\($0)") }, to: "main")
        for number in 1...200 {
            let count = number % 3
            #expect(
                try await queues.send(leaseNext: count, number: UInt64(number), attempt: 2).next.leases.count == count)
        }
        let fences = try await fixture.redis.send("HGET", "{\(fixture.namespace)}:control", "fences").text ?? ""
        #expect(fences.split(separator: "\n").count == 32)
        #expect(fences.hasPrefix("\n200 2 "))
    }

    @Test("leases of a lost reply that expired and went to another consumer are not given again")
    func expiredLeases_areNotGivenAgain() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b"), Job("c")], to: "main")
        let lost = try await queues.send(leaseNext: 2, number: 4, attempt: 1).next.leases
        try await fixture.expireLeases("a")
        let other = try await fixture.consumer("other").lease(1, from: "main").leases
        #expect(other.map(\.id) == ["a"])
        let again = try await queues.send(leaseNext: 2, number: 4, attempt: 2).next.leases
        #expect(again.map(\.id) == ["b"])
        #expect(again[0].token == lost[1].token)
    }

    @Test("connections that break all the time count as no crash")
    func brokenConnections_countNoCrash() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            "fragile", queues: [QueueConfiguration(name: "main", maximumCrashes: 1), QueueConfiguration(name: "next")])
        let count = 400
        _ = try await queues.enqueue((0..<count).map { Job("\($0)") }, to: "main")
        var (reply, turn) = (try await queues.lease(3, from: "main"), 0)
        while !reply.leases.isEmpty {
            turn += 1
            if turn % 5 == 0 {
                // Cuts this consumer's connection during its next call.
                let client = try #require(try await queues.connection.send("CLIENT", "ID").number)
                async let cut = fixture.redis.send("CLIENT", "KILL", "ID", "\(client)")
                reply = try await queues.finish(reply.leases.map { .complete($0) }, in: "main", leaseNext: 3).next
                _ = try await cut
            } else {
                reply = try await queues.finish(reply.leases.map { .complete($0) }, in: "main", leaseNext: 3).next
            }
        }
        #expect(try await queues.counts()["main"] == QueueCounts())
        #expect(try await queues.report(of: "main").lastHour.crashed == 0)
    }
}

extension LeaseQueues {
    /// Sends one attempt of a request, as the library does after lost replies.
    func send(
        _ outcomes: [Outcome] = [], to queue: QueueName = "main", leaseNext count: Int, number: UInt64,
        attempt: Int
    ) async throws -> (results: [FinishResult], deadLettered: [Bool], next: LeaseReply) {
        let request = FinishAndLease.Request(
            outcomes: outcomes, count: count, leaseTime: .seconds(600), consumer: consumer, number: number)
        let invocation = try request.invocation(for: handles.handle(for: queue), handles: handles, attempt: attempt)
        let sent = ContinuousClock.now
        let reply = try await FinishAndLease.Reply(
            connection.evaluate(Scripts.finishAndLease, invocation), queue: queue, sent: sent, leaseTime: .seconds(600))
        let results: [FinishResult] = reply.results.map { letter in
            switch letter {
            case UInt8(ascii: "d"), UInt8(ascii: "x"): .done
            case UInt8(ascii: "a"): .alreadyDone
            default: .stale
            }
        }
        return (results, reply.results.map { $0 == UInt8(ascii: "x") }, reply.next)
    }
}
