import LeaseQueue
import LocalStack
import RedisClient
import TestSupport
import Testing

/// The tests do not wait: they change the time of the last call that the server remembers.
@Suite("A time in which no client could call", .timeLimit(.minutes(3)))
struct GapTests {
    /// Makes the last call as old as this, and the interval before it this long.
    private func letGapPass(_ gap: Int, intervalBefore: Int = 1, _ fixture: QueueFixture) async throws {
        let now = try #require(try await fixture.redis.send("TIME").elements?.first?.number)
        _ = try await fixture.redis.send(
            "HSET", "{\(fixture.namespace)}:control", "calls", "\((now - gap) * 1000) \(intervalBefore * 1000)")
    }

    private static let queues = [
        QueueConfiguration(name: "main", maximumCrashes: 1), QueueConfiguration(name: "next", maximumCrashes: 1),
    ]

    @Test("moves the ends of all leases before any is taken back, and counts no crash")
    func gap_movesLeases() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: Self.queues)
        let other = try await fixture.consumer("other", queues: Self.queues)
        var leases: [Lease] = []
        for queue in ["main", "next"] as [QueueName] {
            _ = try await queues.enqueue((0..<3000).map { Job("\($0)") }, to: queue)
            for _ in 0..<3 { leases += try await queues.lease(1000, from: queue).leases }
            // The server was away for ten minutes; before that, the leases had 20 seconds left.
            try await fixture.setLeaseTimeLeft(.seconds(20 - 600), in: queue)
        }
        try await letGapPass(600, fixture)
        for queue in ["main", "next"] as [QueueName] {
            #expect(try await other.lease(1, from: queue).leases.isEmpty)
            let held = try await other.heldLeases(in: queue, limit: 10)
            #expect(held.allSatisfy { $0.timeLeft > .seconds(10) && $0.timeLeft <= .seconds(22) })
            #expect(try await other.counts()[queue] == QueueCounts(leased: 3000))
        }
        #expect(try await queues.extend(leases).held.allSatisfy { $0 })
        // A lease that was moved once is not moved again.
        #expect(try await other.lease(1, from: "main").leases.isEmpty)
        let held = try await other.heldLeases(in: "main", limit: 10)
        #expect(held.allSatisfy { $0.timeLeft > .seconds(10) && $0.timeLeft <= .seconds(31) })
    }

    @Test("a heartbeat that comes first after a gap moves the other leases, too")
    func heartbeat_bridgesGap() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: Self.queues)
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        try await fixture.setLeaseTimeLeft(.seconds(20 - 600), in: "main")
        try await letGapPass(600, fixture)
        #expect(try await queues.extend([leases[0]]).held == [true])
        #expect(try await queues.lease(id: "b", from: "main").leases.isEmpty)
        #expect(try await queues.counts()["main"] == QueueCounts(leased: 2))
    }

    @Test("a consumer that asks rarely, but regularly, takes back expired leases")
    func rareCalls_takeLeasesBack() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        _ = try await queues.lease(1, from: "main")
        try await fixture.setLeaseTimeLeft(.seconds(-1), in: "main")
        try await letGapPass(60, intervalBefore: 60, fixture)
        #expect(try await queues.lease(1, from: "main").leases.map(\.deliveries) == [2])
    }

    @Test("crashes of the last day make a dead letter, earlier ones do not")
    func crashes_countWithinADay() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [QueueConfiguration(name: "main", maximumCrashes: 2)])
        _ = try await queues.enqueue([Job("a")], to: "main")
        for delivery in 1...5 {
            let lease = try #require(try await queues.lease(1, from: "main").leases.first)
            #expect(lease.deliveries == delivery)
            try await fixture.expireLeases("a")
            _ = try await queues.lease(0, from: "main")
            // All crashes so far were more than a day ago.
            let key = "{\(fixture.namespace)}:main:errors"
            let history = try #require(try await fixture.redis.send("HGET", key, "a").text)
            let now = try #require(try await fixture.redis.send("TIME").elements?.first?.number)
            let old = history.replacing(#/(?<head>c \d{16} )\d{13} /#) { "\($0.output.head)\((now - 86_500) * 1000) " }
            #expect(old != history)
            _ = try await fixture.redis.send("HSET", key, "a", old)
        }
        for _ in 1...2 {
            _ = try #require(try await queues.lease(1, from: "main").leases.first)
            try await fixture.expireLeases("a")
            _ = try await queues.lease(0, from: "main")
        }
        #expect(try await queues.counts()["main"] == QueueCounts(dead: 1))
    }
}
