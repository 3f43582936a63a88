import LeaseQueue
import LocalStack
import RedisClient
import TestSupport
import Testing

@Suite("A consumer on its connection's thread", .timeLimit(.minutes(2)))
struct ConnectionThreadTests {
    @Test("it works off a queue while others on the same connection enqueue and extend")
    func sharing() async throws {
        let fixture = try await QueueFixture()
        let consumer = try await fixture.consumer()
        _ = try await consumer.enqueue([Job("kept", priority: 9)], to: "main")
        let kept = try await consumer.lease(1, from: "main").leases
        async let done = consumer.withConnectionThread {
            var done: Set<String> = []
            var reply = try await consumer.lease(3, from: "main", wait: .seconds(30))
            while done.count < 200 {
                done.formUnion(reply.leases.map(\.id))
                reply = try await consumer.finish(
                    reply.leases.map { .complete($0) }, in: "main", leaseNext: 3
                ).next
                if reply.leases.isEmpty, done.count < 200 {
                    reply = try await consumer.lease(3, from: "main", wait: .seconds(30))
                }
            }
            return done
        }
        for number in 0..<200 {
            _ = try await consumer.enqueue([Job("job \(number)")], to: "main")
            #expect(try await consumer.extend(kept).held == [true])
        }
        #expect(try await done.count == 200)
        _ = try await consumer.finish(kept.map { .complete($0) }, in: "main")
        let state = try await fixture.state()
        #expect(state.jobs.isEmpty)
        #expect(state.contradictions.isEmpty)
        await consumer.close()
    }

    @Test("cancelled while it waits for work, it ends at once, and can still give back what it holds")
    func cancellation() async throws {
        let fixture = try await QueueFixture()
        let consumer = try await fixture.consumer()
        _ = try await consumer.enqueue([Job("a")], to: "main")
        let (waiting, isWaiting) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await consumer.withConnectionThread {
                let held = try await consumer.lease(1, from: "main").leases
                isWaiting.finish()
                await #expect(throws: CancellationError.self) {
                    try await consumer.lease(1, from: "main", wait: .seconds(60))
                }
                _ = try await consumer.finish(held.map { .release($0) }, in: "main")
            }
        }
        for await _ in waiting {}
        task.cancel()
        try await task.value
        #expect(try await fixture.state().ready == [5: ["a"]])
        await consumer.close()
    }

    @Test("it goes on through the loss of its connection")
    func connectionLoss() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let consumer = try await fixture.consumer()
            _ = try await consumer.enqueue((0..<400).map { Job("job \($0)") }, to: "main")
            async let results = consumer.withConnectionThread { try await Self.completeAll(consumer) }
            for rest in [350, 250, 150, 50] {
                while try await fixture.redis.send("HLEN", "{\(fixture.namespace)}:main:jobs").number ?? 0 > rest {}
                _ = try await fixture.redis.send("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            }
            #expect(try await results.allSatisfy { $0 == .done || $0 == .alreadyDone })
            #expect(try await fixture.state().contradictions.isEmpty)
            await consumer.close()
        }
    }

    /// Completes jobs one by one until none is ready.
    private static func completeAll(_ consumer: LeaseQueues) async throws -> [FinishResult] {
        var results: [FinishResult] = []
        var leases = try await consumer.lease(1, from: "main").leases
        while !leases.isEmpty {
            let reply = try await consumer.finish(leases.map { .complete($0) }, in: "main", leaseNext: 1)
            results += reply.results
            leases = reply.next.leases
            // A lease whose reply was lost is held by nobody; the next in line is as good here.
            if leases.isEmpty { leases = try await consumer.lease(1, from: "main").leases }
        }
        return results
    }
}
