import LeaseQueue
import LocalStack
import RedisClient
import TestSupport
import Testing

@Suite("A server that is out of memory", .timeLimit(.minutes(3)))
struct OutOfMemoryTests {
    private func withFullServer(
        prepare: @Sendable (LeaseQueues) async throws -> [Lease],
        _ body: @Sendable (QueueFixture, LeaseQueues, [Lease]) async throws -> Void
    ) async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            let leases = try await prepare(queues)
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "1")
            try await body(fixture, queues, leases)
            for queue in ["main", "next"] as [QueueName] {
                #expect(try await fixture.state(of: queue).contradictions == [])
            }
        }
    }

    @Test("refuses new jobs, also delayed and many at once, with what to do and with nothing changed")
    func enqueue() async throws {
        try await withFullServer { queues in
            _ = try await queues.enqueue([Job("a")], to: "main")
            return []
        } _: { fixture, queues, _ in
            let before = try await fixture.state()
            let batches = [[Job("b")], [Job("b", delay: .seconds(1))], (0..<1500).map { Job("\($0)") }]
            for jobs in batches {
                let error = await #expect(throws: RedisError.self) { try await queues.enqueue(jobs, to: "main") }
                #expect(error?.code == .outOfMemory && error?.isTransient == false)
                #expect(error?.message.contains("maxmemory") == true)
                #expect(try await fixture.state() == before)
            }
        }
    }

    @Test("lets work that was begun go on and end in every way, and work that waits begin")
    func work() async throws {
        try await withFullServer { queues in
            _ = try await queues.enqueue((0..<6).map { Job("\($0)") }, to: "main")
            return try await queues.lease(4, from: "main").leases
        } _: { fixture, queues, leases in
            #expect(try await queues.extend(leases).held.allSatisfy { $0 })
            #expect(try await queues.finish([.fail(leases[0], error: "no luck")], in: "main").results == [.done])
            #expect(try await queues.finish([.release(leases[1])], in: "main").results == [.done])
            let forward = Forward(queue: "next", job: Job("2"))
            let reply = try await queues.finish([.complete(leases[2], forward: [forward])], in: "main", leaseNext: 1)
            #expect(reply.results == [.done] && reply.next.leases.count == 1)
            #expect(try await fixture.state(of: "next").ready == [5: ["2"]])
            // What ran out is taken up again, too.
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "0")
            try await fixture.letTimePass()
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "1")
            var completed: [String] = []
            while let lease = try await queues.lease(1, from: "main").leases.first {
                #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
                completed.append(lease.id)
            }
            #expect(Set(completed) == ["0", "1", "3", "4", "5"] && completed.count == 5)
        }
    }
}
