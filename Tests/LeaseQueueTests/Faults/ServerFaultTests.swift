import Glibc
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import Synchronization
import TestSupport
import Testing

@Suite("Faults", .timeLimit(.minutes(3)))
struct FaultTests {
    @Test("while connections are killed all the time, every job is completed once")
    func killedConnections_completeJobsOnce() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            // Leases are short here: on a busy machine one may expire, which counts as a crash.
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
            #expect(completed.count == count)
            #expect(completed.values.allSatisfy { $0 == 1 })
            #expect(try await queues.counts()["next"]?.ready == count)
        }
    }

    @Test("a server that is killed with -9 and restarted on its append-only file keeps everything that it acknowledged")
    func killedServer_keepsAcknowledgedWork() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await queues.enqueue((0..<200).map { Job("\($0)") }, to: "main")
            // Longer than a busy machine needs to restart the server: no lease must expire.
            let leases = try await queues.lease(100, from: "main", leaseTime: .seconds(600)).leases
            let outcomes = leases.prefix(50).map {
                Outcome.complete($0, forward: [Forward(queue: "next", job: Job($0.id))])
            }
            _ = try await queues.finish(outcomes, in: "main")
            let before = try await (fixture.state(), fixture.state(of: "next"))

            #expect(kill(try #require(server.processIdentifier), SIGKILL) == 0)
            // The same object reconnects by itself; the leases still hold, and their tokens are still the newest.
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

    @Test("a server that lost its data still gives out greater tokens, and old leases are stale")
    func wipedServer_givesGreaterTokens() async throws {
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

    @Test("scripts that the server has forgotten are sent again")
    func flushedScripts_areSentAgain() async throws {
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

    @Test("a server that may evict keys is refused, with the setting to change")
    func evictingServer_isRefused() async throws {
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

    @Test("a full server refuses new jobs without a change, and still lets work end")
    func fullServer_letsWorkEnd() async throws {
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

    @Test("if no server listens, the error names the address without the password")
    func missingServer_errorNamesAddress() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let error = await #expect(throws: RedisError.self) {
            try await LeaseQueues.connect(
                to: RedisConfiguration(url: "unix://ann:hunter2@\(folder.path)/none.sock"), namespace: "n", queues: [],
                consumer: "a", logger: Logger.silent)
        }
        #expect(error?.code == .connectionRefused)
        #expect(error?.message.contains("none.sock") == true)
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("a server that is away for longer than the retry timeout is reported")
    func lostServer_isReportedAfterRetryTimeout() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let server = PrivateRedis(folder: folder.path)
        let running = Task { try await server.run() }
        try await server.waitUntilReady()
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandTimeout = .seconds(1)
        let queues = try await LeaseQueues.connect(
            to: configuration, namespace: "n", queues: [QueueConfiguration(name: "main")], consumer: "a",
            retryTimeout: .milliseconds(500), logger: Logger.silent)
        running.cancel()
        try await running.value
        let error = await #expect(throws: RedisError.self) { try await queues.lease(1, from: "main") }
        // On a slow machine the time limit may pass before the first attempt to reconnect has failed.
        #expect(error?.code == .connectionRefused || error?.code == .timeout)
    }

    @Test("invalid names and settings are refused when connecting")
    func invalidSettings_areRefused() async throws {
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
                    logger: Logger.silent)
            }
        }
        for name in ["", "Main", "a-b", "a b", "ä", "{a}"] { #expect(QueueName(rawValue: name) == nil) }
    }
}

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

    @Test("refuses new jobs, also delayed and many at once, with the remedy and without a change")
    func outOfMemory_refusesNewJobs() async throws {
        try await withFullServer { queues in
            _ = try await queues.enqueue([Job("a")], to: "main")
            return []
        } _: { fixture, queues, _ in
            let before = try await fixture.state()
            let batches = [[Job("b")], [Job("b", delay: .seconds(1))], (0..<1500).map { Job("\($0)") }]
            for jobs in batches {
                let error = await #expect(throws: RedisError.self) { try await queues.enqueue(jobs, to: "main") }
                #expect(error?.code == .outOfMemory)
                #expect(error?.isTransient == false)
                #expect(error?.message.contains("maxmemory") == true)
                #expect(try await fixture.state() == before)
            }
        }
    }

    @Test("lets leased jobs continue and end in every way, and ready jobs begin")
    func outOfMemory_letsWorkEnd() async throws {
        try await withFullServer { queues in
            _ = try await queues.enqueue((0..<6).map { Job("\($0)") }, to: "main")
            return try await queues.lease(4, from: "main").leases
        } _: { fixture, queues, leases in
            #expect(try await queues.extend(leases).held.allSatisfy { $0 })
            #expect(try await queues.finish([.fail(leases[0], error: "no luck")], in: "main").results == [.done])
            #expect(try await queues.finish([.release(leases[1])], in: "main").results == [.done])
            let forward = Forward(queue: "next", job: Job("2"))
            let reply = try await queues.finish([.complete(leases[2], forward: [forward])], in: "main", leaseNext: 1)
            #expect(reply.results == [.done])
            #expect(reply.next.leases.count == 1)
            #expect(try await fixture.state(of: "next").ready == [5: ["2"]])
            // Expired leases are taken back, too.
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "0")
            try await fixture.expireLeases()
            _ = try await fixture.redis.send("CONFIG", "SET", "maxmemory", "1")
            var completed: [String] = []
            while let lease = try await queues.lease(1, from: "main").leases.first {
                #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
                completed.append(lease.id)
            }
            #expect(Set(completed) == ["0", "1", "3", "4", "5"])
            #expect(completed.count == 5)
        }
    }
}

@Suite("A server that is killed", .timeLimit(.minutes(3)))
struct CrashTests {
    /// The jobs for which producers and a consumer got a reply.
    private struct Acknowledged {
        var enqueued: Set<String> = []
        var completed: Set<String> = []
    }

    private final class Notes: Sendable {
        private let acknowledged = Mutex(Acknowledged())

        var all: Acknowledged { acknowledged.withLock { $0 } }

        func enqueued(_ id: String) { acknowledged.withLock { _ = $0.enqueued.insert(id) } }

        func completed(_ id: String) { acknowledged.withLock { _ = $0.completed.insert(id) } }
    }

    /// Completes and forwards some jobs.
    private static func work(_ queues: LeaseQueues, _ notes: Notes) async throws {
        let leases = try await queues.lease(5, from: "main", leaseTime: .milliseconds(300)).leases
        let outcomes = leases.map { lease in
            Outcome.complete(lease, forward: [Forward(queue: "next", job: Job(lease.id))])
        }
        let results = try await queues.finish(outcomes, in: "main").results
        for (lease, result) in zip(leases, results) where result != .stale { notes.completed(lease.id) }
    }

    @Test(
        "if it is killed with -9 several times under load, with appendfsync always, all acknowledged work is there once"
    )
    func killsUnderLoad_keepAcknowledgedWork() async throws {
        try await TestRedis.withPrivateServer(options: ["--appendfsync", "always"]) { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer(queues: [
                QueueConfiguration(name: "main", maximumCrashes: 1000), QueueConfiguration(name: "next"),
            ])
            let notes = Notes()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for producer in 0..<3 {
                    group.addTask {
                        for number in 0..<200 {
                            let id = "\(producer)-\(number)"
                            _ = try await queues.enqueue([Job(id)], to: "main")
                            notes.enqueued(id)
                        }
                    }
                }
                group.addTask {
                    while notes.all.completed.count < 600 { try await Self.work(queues, notes) }
                }
                // Kills the server after each of these numbers of jobs.
                for mark in [100, 250, 400] {
                    while notes.all.completed.count < mark { _ = try await queues.counts() }
                    kill(try #require(server.processIdentifier), SIGKILL)
                    let acknowledged = notes.all
                    let (main, next) = try await (
                        fixture.whenConnected { try await $0.state() },
                        fixture.whenConnected { try await $0.state(of: "next") }
                    )
                    #expect(main.contradictions == [])
                    #expect(next.contradictions == [])
                    #expect(acknowledged.completed.isSubset(of: next.jobs))
                    #expect(acknowledged.enqueued.isSubset(of: main.jobs.union(next.jobs)))
                }
                try await group.waitForAll()
            }
            // A producer whose reply was lost enqueues its job again, perhaps after its completion.
            while try await queues.counts()["main"]?.outstanding != 0 { try await Self.work(queues, notes) }
            let all = notes.all.enqueued
            #expect(all.count == 600)
            #expect(try await fixture.state().jobs == [])
            #expect(try await fixture.state(of: "next").jobs == all)
        }
    }
}

extension QueueFixture {
    /// Calls `look` again while there is no connection.
    fileprivate func whenConnected<Result>(_ look: (QueueFixture) async throws -> Result) async throws -> Result {
        let result = try await eventually("the server replies") { () -> Result? in
            do {
                return try await look(self)
            } catch let error as RedisError where error.isTransient {
                return nil
            }
        } until: {
            $0 != nil
        }
        return try #require(result)
    }
}
