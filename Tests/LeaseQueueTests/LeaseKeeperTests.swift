import LeaseQueue
import LocalStack
import RedisClient
import Synchronization
import TestSupport
import Testing

@Suite("Keeping leases", .timeLimit(.minutes(3)))
struct LeaseKeeperTests {
    /// Work that ends when its task is cancelled, and remembers that.
    private final class EndlessWork: Sendable {
        private let cancelled = Mutex(false)

        var wasCancelled: Bool { cancelled.withLock { $0 } }

        func run() async throws {
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                cancelled.withLock { $0 = true }
                throw error
            }
        }
    }

    private struct Failed: Error, Equatable {}

    private func queues(_ fixture: QueueFixture, leaseTime: Duration) async throws -> LeaseQueues {
        try await fixture.consumer(queues: [
            QueueConfiguration(name: "main", leaseTime: leaseTime),
            QueueConfiguration(name: "next", leaseTime: leaseTime),
        ])
    }

    @Test("leases of several queues are kept for longer than their time, and nobody else gets the jobs")
    func keeps() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(3))
        _ = try await queues.enqueue((0..<20).map { Job("\($0)") }, to: "main")
        _ = try await queues.enqueue((0..<20).map { Job("\($0)") }, to: "next")
        let leases = try await queues.lease(20, from: "main").leases + queues.lease(20, from: "next").leases
        try await withLeaseKeeper(queues) { keeper in
            try await withThrowingTaskGroup { group in
                for lease in leases {
                    group.addTask { try await keeper.hold(lease) { try await Task.sleep(for: .seconds(4)) } }
                }
                try await group.waitForAll()
            }
        }
        for queue in ["main", "next"] as [QueueName] {
            let mine = leases.filter { $0.queue == queue }
            let results = try await queues.finish(mine.map { .complete($0) }, in: queue).results
            #expect(results.allSatisfy { $0 == .done })
        }
    }

    @Test("what the work returns and throws is handed on")
    func results() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(60))
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        try await withLeaseKeeper(queues) { keeper in
            let seven = try await keeper.hold(lease) { 7 }
            #expect(seven == 7)
            await #expect(throws: Failed()) { try await keeper.hold(lease) { throw Failed() } }
        }
        let short = try await queues.extend([lease])
        #expect(short.controls == ["main": .run])
        await #expect(throws: LeaseQueueError.self) {
            try await withLeaseKeeper(queues, beat: .seconds(40)) { try await $0.hold(lease) {} }
        }
    }

    @Test("the work on a lease that somebody else has is cancelled, with an error that says so")
    func lost() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(600))
        let other = try await fixture.consumer("other")
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        let work = EndlessWork()
        let error = await #expect(throws: LeaseQueueError.self) {
            try await withLeaseKeeper(queues, beat: .milliseconds(20)) { keeper in
                async let kept: Void = keeper.hold(leases[1]) { try await Task.sleep(for: .milliseconds(300)) }
                try await fixture.expireLeases("a")
                _ = try await other.lease(1, from: "main")
                do {
                    try await keeper.hold(leases[0]) { try await work.run() }
                } catch {
                    // The other lease is not touched by that.
                    try await kept
                    throw error
                }
            }
        }
        #expect(error?.code == .leaseLost && error?.message.contains("job a") == true)
        #expect(work.wasCancelled && !leases[0].isValid && leases[1].isValid)
        #expect(try await queues.finish([.complete(leases[0])], in: "main").results == [.stale])
    }

    @Test("when the server cannot be reached, the work is cancelled before the server can give the job away")
    func outage() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await queues(fixture, leaseTime: .milliseconds(500))
            _ = try await queues.enqueue([Job("a")], to: "main")
            let lease = try await queues.lease(1, from: "main").leases[0]
            let expiry = "{\(fixture.namespace)}:main:leases"
            await queues.close()
            let error = await #expect(throws: LeaseQueueError.self) {
                try await withLeaseKeeper(queues) { try await $0.hold(lease) { try await EndlessWork().run() } }
            }
            #expect(error?.code == .leaseLost)
            // The deadline by this machine's clock lies before the one by the server's.
            #expect(lease.expires < .now)
            #expect(try await fixture.redis.send("ZSCORE", expiry, "a").text != nil)
        }
    }

    @Test("a queue that is stopped ends the work of its leases, and the job can be given back")
    func stopped() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(60))
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        try await queues.setControl(.stop, for: "main")
        let error = await #expect(throws: LeaseQueueError.self) {
            try await withLeaseKeeper(queues, beat: .milliseconds(10)) { keeper in
                try await keeper.hold(lease) { try await EndlessWork().run() }
            }
        }
        #expect(error?.code == .stopped)
        #expect(try await queues.finish([.release(lease)], in: "main").results == [.done])
    }

    @Test("whoever is cancelled while holding a lease ends the work and keeps the lease")
    func cancelled() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(60))
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        let holding = Task {
            try await withLeaseKeeper(queues) { try await $0.hold(lease) { try await EndlessWork().run() } }
        }
        try await Task.sleep(for: .milliseconds(20))
        holding.cancel()
        await #expect(throws: CancellationError.self) { try await holding.value }
        #expect(lease.isValid)
        #expect(try await queues.finish([.release(lease)], in: "main").results == [.done])
    }
}
