import Glibc
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("Faults", .timeLimit(.minutes(3)))
struct FaultTests {
    @Test("connections killed all the time: every job is completed, once, and nothing is left")
    func killedConnections() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            // Leases are short here: on a busy machine one may run out, which counts as a crash.
            let queues = try await fixture.consumer(queues: [
                QueueConfiguration(name: "main", maximumCrashes: 10_000), QueueConfiguration(name: "next"),
            ])
            let count = 300
            _ = try await queues.enqueue((0..<count).map { Job("\($0)") }, to: "main")
            let killer = Task {
                while !Task.isCancelled {
                    _ = try? await fixture.redis.send("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            defer { killer.cancel() }
            var completed: [String: Int] = [:]
            while try await queues.counts()["main"]?.outstanding != 0 {
                let leases = try await queues.lease(7, from: "main", leaseTime: .milliseconds(200)).leases
                let outcomes = leases.map { lease in
                    Outcome.complete(lease, forward: [Forward(queue: "next", job: Job(lease.id))])
                }
                let reply = try await queues.finish(outcomes, in: "main")
                for (lease, result) in zip(leases, reply.results) where result != .stale {
                    completed[lease.id, default: 0] += 1
                }
            }
            #expect(completed.count == count && completed.values.allSatisfy { $0 == 1 })
            #expect(try await queues.counts()["next"]?.ready == count)
        }
    }

    @Test("a server killed with -9 and started again on its append-only file loses nothing that it acknowledged")
    func crash() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await queues.enqueue((0..<200).map { Job("\($0)") }, to: "main")
            // For longer than a busy machine takes to start the server again: this is not about time.
            let leases = try await queues.lease(100, from: "main", leaseTime: .seconds(600)).leases
            let outcomes = leases.prefix(50).map {
                Outcome.complete($0, forward: [Forward(queue: "next", job: Job($0.id))])
            }
            _ = try await queues.finish(outcomes, in: "main")
            let before = try await (fixture.state(), fixture.state(of: "next"))

            #expect(kill(try #require(server.processIdentifier), SIGKILL) == 0)
            // The same object goes on by itself; a held lease still holds, and its token is still the newest.
            let reply = try await queues.extend(Array(leases.suffix(50)))
            #expect(reply.held.allSatisfy { $0 })
            let after = try await (fixture.state(), fixture.state(of: "next"))
            #expect(after == before)
            #expect(
                try await queues.finish(leases.suffix(50).map { .complete($0) }, in: "main").results.allSatisfy {
                    $0 == .done
                })
            let next = try await queues.lease(1, from: "main").leases[0]
            #expect(next.token > leases[99].token)
        }
    }

    @Test("a server that lost everything still gives out greater tokens, and old leases are stale")
    func wiped() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await queues.enqueue([Job("a")], to: "main")
            let old = try await queues.lease(1, from: "main").leases[0]
            _ = try await fixture.redis.send("FLUSHALL")
            _ = try await queues.enqueue([Job("a")], to: "main")
            let new = try await queues.lease(1, from: "main").leases[0]
            #expect(new.token > old.token)
            #expect(try await queues.finish([.complete(old)], in: "main").results == [.stale])
            #expect(try await queues.finish([.complete(new)], in: "main").results == [.done])
        }
    }

    @Test("scripts that the server forgot are handed to it again")
    func flushedScripts() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            for turn in 0..<3 {
                _ = try await fixture.redis.send("SCRIPT", "FLUSH")
                #expect(try await queues.enqueue([Job("\(turn)")], to: "main") == [true])
                _ = try await fixture.redis.send("SCRIPT", "FLUSH")
                let lease = try await queues.lease(1, from: "main").leases[0]
                _ = try await fixture.redis.send("SCRIPT", "FLUSH")
                #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
            }
        }
    }

    @Test("a server that may throw away keys is refused, with the setting to change")
    func eviction() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            for policy in ["allkeys-lru", "volatile-ttl", "allkeys-random"] {
                _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory-policy", policy)
                let error = await #expect(throws: LeaseQueueError.self) { try await fixture.consumer() }
                #expect(error?.code == .unsuitableServer)
                #expect(error?.message.contains("maxmemory-policy noeviction") == true)
                #expect(error?.message.contains(policy) == true)
            }
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory-policy", "noeviction")
            _ = try await fixture.consumer()
        }
    }

    @Test("a full server refuses new jobs with nothing changed, and still lets work end")
    func outOfMemory() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
            let lease = try await queues.lease(1, from: "main").leases[0]
            let before = try await fixture.state()
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "1")
            let error = await #expect(throws: RedisError.self) { try await queues.enqueue([Job("c")], to: "main") }
            #expect(error?.code == .outOfMemory)
            #expect(try await fixture.state() == before)
            #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
            #expect(try await fixture.state().contradictions == [])
        }
    }

    @Test("where there is no Redis, the error names the address without the password")
    func nobodyThere() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let error = await #expect(throws: RedisError.self) {
            try await LeaseQueues.connect(
                to: RedisConfiguration(url: "unix://ann:hunter2@\(folder.path)/none.sock"), namespace: "n", queues: [],
                consumer: "a", logger: Logger(label: "test"))
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.message.contains("none.sock") == true && error?.message.contains("hunter2") == false)
    }

    @Test("a server that is gone for longer than patience lasts is told as such")
    func goneForGood() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let server = PrivateRedis(folder: folder.path)
        let running = Task { try await server.run() }
        try await server.waitUntilReady()
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandTimeout = .seconds(1)
        let queues = try await LeaseQueues.connect(
            to: configuration, namespace: "n", queues: [QueueConfiguration(name: "main")], consumer: "a",
            patience: .milliseconds(500), logger: Logger(label: "test"))
        running.cancel()
        try await running.value
        let error = await #expect(throws: RedisError.self) { try await queues.lease(1, from: "main") }
        #expect(error?.code == .connectionRefused)
    }

    @Test("bad names and settings are refused when connecting")
    func badSettings() async throws {
        let url = try await TestRedis.shared().url
        let main = QueueConfiguration(name: "main")
        let wrong: [(String, [QueueConfiguration], String)] = [
            ("", [main], "a"), ("with{brace}", [main], "a"), ("n", [main, main], "a"), ("n", [main], ""),
            ("n", [QueueConfiguration(name: "main", leaseTime: .milliseconds(1))], "a"),
            ("n", [QueueConfiguration(name: "main", maximumAttempts: 0)], "a"),
            ("n", [QueueConfiguration(name: "main", deadLetterNotice: "main")], "a"),
            ("n", [QueueConfiguration(name: "main", deadLetterNotice: "unknown")], "a"),
        ]
        for (namespace, queues, consumer) in wrong {
            await #expect(throws: LeaseQueueError.self) {
                try await LeaseQueues.connect(
                    to: RedisConfiguration(url: url), namespace: namespace, queues: queues, consumer: consumer,
                    logger: Logger(label: "test"))
            }
        }
        for name in ["", "Main", "a-b", "a b", "ä", "{a}"] { #expect(QueueName(rawValue: name) == nil) }
    }
}
