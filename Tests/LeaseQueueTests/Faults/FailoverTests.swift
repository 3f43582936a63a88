import Glibc
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("A replica that is promoted", .timeLimit(.minutes(3)))
struct FailoverTests {
    @Test("the master is killed with -9: consumers go over to the promoted replica, which has all that it had received")
    func promotion() async throws {
        try await FailoverFixture.run { scene in
            var configuration = try RedisConfiguration(url: scene.url)
            configuration.sentinelPassword = FailoverFixture.sentinelPassword
            let queues = try await LeaseQueues.connect(
                to: configuration, namespace: "n",
                queues: [QueueConfiguration(name: "main"), QueueConfiguration(name: "next")], consumer: "a",
                patience: .seconds(60), logger: Logger(label: "test"))
            _ = try await queues.enqueue((0..<100).map { Job("\($0)") }, to: "main")
            let leases = try await queues.lease(50, from: "main").leases
            func complete(_ leases: some Sequence<Lease>) async throws -> [FinishResult] {
                let outcomes = leases.map {
                    Outcome.complete($0, forward: [Forward(queue: "next", job: Job($0.id))])
                }
                return try await queues.finish(outcomes, in: "main").results
            }
            #expect(try await complete(leases[..<20]).allSatisfy { $0 == .done })

            // Redis replicates after it has answered: only what has arrived can be there after the promotion.
            try await scene.waitForReplica()
            kill(try #require(scene.master.processIdentifier), SIGKILL)

            // The same object goes on by itself, and what was leased before is still held.
            #expect(try await queues.extend(Array(leases[20...])).held.allSatisfy { $0 })
            #expect(try await complete(leases[20...]).allSatisfy { $0 == .done || $0 == .alreadyDone })
            let rest = try await queues.lease(100, from: "main").leases
            #expect(rest.count == 50 && rest.allSatisfy { $0.token > leases[49].token })
            #expect(try await complete(rest).allSatisfy { $0 == .done })
            let counts = try await queues.counts()
            #expect(counts["main"]?.outstanding == 0)
            #expect(counts["next"]?.ready == 100)
        }
    }

    @Test("a server that is a read-only replica for a while: operations wait for it to be a master again")
    func readOnly() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            let port = try FreePort.find(1)[0]
            _ = try await fixture.redis.send("REPLICAOF", "127.0.0.1", "\(port)")
            let enqueuing = Task { try await queues.enqueue([Job("a")], to: "main") }
            // So many commands were refused that the operation is being repeated.
            var refused = 0
            while refused < 2 {
                let statistics = try await fixture.redis.send("INFO", "errorstats").text ?? ""
                let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("errorstat_READONLY") }
                refused = line?.split(separator: "=").last.flatMap { Int($0) } ?? 0
            }
            _ = try await fixture.redis.send("REPLICAOF", "NO", "ONE")
            #expect(try await enqueuing.value == [true])
            #expect(try await fixture.state().ready == [5: ["a"]])
        }
    }

    @Test("a replica that stays one is told as such when patience is at its end")
    func replicaForGood() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer(patience: .milliseconds(300))
            _ = try await fixture.redis.send("REPLICAOF", "127.0.0.1", "\(FreePort.find(1)[0])")
            let error = await #expect(throws: RedisError.self) { try await queues.enqueue([Job("a")], to: "main") }
            #expect(error?.code == .readOnly)
            #expect(error?.message.contains("master's address") == true)
        }
    }
}
