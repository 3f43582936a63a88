import LeaseQueue
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("A server or a network that stalls", .timeLimit(.minutes(3)))
struct StallTests {
    /// Works a queue of so many jobs until it is empty, all at once, while `fault` goes on beside it; then checks that every
    /// job was completed and forwarded exactly once.
    private func workThrough(
        _ count: Int, _ queue: ProxiedQueue, fault: @escaping @Sendable (ProxiedQueue) async throws -> Void
    ) async throws {
        let ids = (0..<count).map { "\($0)" }
        _ = try await queue.queues.enqueue(ids.map { Job($0) }, to: "main")
        let leases = try await queue.queues.lease(count, from: "main").leases
        #expect(leases.count == count)
        try await withThrowingTaskGroup(of: FinishResult?.self) { group in
            group.addTask {
                try await fault(queue)
                return nil
            }
            for lease in leases {
                group.addTask {
                    let forward = Forward(queue: "next", job: Job(lease.id))
                    return try await queue.queues.finish([.complete(lease, forward: [forward])], in: "main").results[0]
                }
            }
            for try await case let result? in group { #expect(result == .done || result == .alreadyDone) }
        }
        try await queue.expect(main: [], next: Set(ids), "\(count) jobs")
    }

    @Test(
        "a server that is paused or busy for longer than commands wait: what timed out is repeated, and counts once",
        arguments: [
            ["CLIENT", "PAUSE", "400", "ALL"], ["CLIENT", "PAUSE", "400", "WRITE"], ["DEBUG", "SLEEP", "0.4"],
        ])
    func busy(command: [String]) async throws {
        try await TestRedis.withPrivateServer(options: ["--enable-debug-command", "local"]) { server in
            let queue = try await ProxiedQueue(server: server.url, commandTimeout: .milliseconds(80))
            try await workThrough(20, queue) { queue in
                _ = try await queue.fixture.redis.send(command.map { Array($0.utf8) })
            }
        }
    }

    @Test("a network that is slow and breaks now and then: every job is completed and forwarded once")
    func slow() async throws {
        let queue = try await ProxiedQueue()
        queue.proxy.delay(.milliseconds(3))
        try await workThrough(50, queue) { queue in
            for offset in [10, 2000, 4000, 50, 300] {
                let cuts = queue.proxy.cuts
                queue.proxy.cut(offset > 1000 ? .toServer : .toClient, after: offset)
                for _ in 0..<20 where queue.proxy.cuts == cuts { _ = try await queue.queues.counts() }
                queue.proxy.disarm()
            }
        }
    }

    @Test("a network that swallows everything: commands time out, and once it is back all goes on")
    func blackHole() async throws {
        let queue = try await ProxiedQueue(commandTimeout: .milliseconds(60))
        try await workThrough(20, queue) { queue in
            queue.proxy.blackHole(true)
            // A connection of its own, for which nobody repeats anything.
            var configuration = try RedisConfiguration(url: queue.proxy.url)
            configuration.connectTimeout = .milliseconds(100)
            let error = await #expect(throws: RedisError.self) {
                try await RedisConnection.connect(to: configuration, logger: Logger(label: "test"))
            }
            #expect(error?.code == .timeout)
            queue.proxy.blackHole(false)
        }
    }

    @Test("a network that delivers everything twice, over two connections: nothing is in two places, nothing is lost")
    func duplicates() async throws {
        let queue = try await ProxiedQueue()
        queue.proxy.duplicate(true)
        // The connection that is there knows nothing of it yet.
        queue.proxy.cutAll()
        let ids = Set((0..<30).map { "\($0)" })
        var completed: Set<String> = []
        for id in ids {
            _ = try await queue.queues.enqueue([Job(id)], to: "main")
            #expect(try await queue.fixture.state().contradictions == [])
        }
        while try await queue.observer.counts()["main"]?.outstanding != 0 {
            let leases = try await queue.queues.lease(4, from: "main").leases
            _ = try await queue.queues.extend(leases)
            let outcomes = leases.map { lease in
                Outcome.complete(lease, forward: [Forward(queue: "next", job: Job(lease.id))])
            }
            let results = try await queue.queues.finish(outcomes, in: "main").results
            for (lease, result) in zip(leases, results) where result != .stale { completed.insert(lease.id) }
            #expect(try await queue.fixture.state().contradictions == [])
            // What the copy of a lease call was given nobody knows of: it comes back when its lease has run out.
            try await queue.fixture.letTimePass()
        }
        #expect(completed == ids)
        try await queue.expect(main: [], next: ids, "everything twice")
    }
}
