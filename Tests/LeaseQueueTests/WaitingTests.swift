import LeaseQueue
import LocalStack
import RedisClient
import TestSupport
import Testing

@Suite("Waiting for work", .timeLimit(.minutes(3)))
struct WaitingTests {
    /// Waits until this many clients block on a list. Only for private servers.
    private func waitUntilBlocked(_ fixture: QueueFixture, waiters: Int) async throws {
        try await eventually("\(waiters) clients block") {
            let clients = try await fixture.redis.send("CLIENT", "LIST").text ?? ""
            return clients.split(separator: "\n").count(where: { $0.contains("flags=b") }) >= waiters
        }
    }

    /// The number of calls of a command since the statistics were reset.
    private func calls(_ command: String, _ fixture: QueueFixture) async throws -> Int {
        let statistics = try #require(try await fixture.redis.send("INFO", "commandstats").text)
        let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_\(command):calls=") }
        return line.flatMap { Int($0.drop { $0 != "=" }.dropFirst().prefix { $0 != "," }) } ?? 0
    }

    @Test("a consumer that waits on an empty queue is woken by a job of another connection")
    func waitingConsumer_isWoken() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let waiter = try await fixture.consumer("waiter")
            let producer = try await fixture.consumer("producer")
            // Only a wake-up returns the queue; the end of a single blocking wait does not.
            async let waiting = waiter.waitForWork(in: ["next", "main"], upTo: .seconds(60))
            try await waitUntilBlocked(fixture, waiters: 1)
            _ = try await producer.enqueue([Job("a")], to: "main")
            #expect(try await waiting == ["main"])
            #expect(try await fixture.state().wakes == 0)
            #expect(try await waiter.lease(1, from: "main").leases.map(\.id) == ["a"])
        }
    }

    @Test("of two waiting consumers, each gets one of two jobs of one call")
    func twoWaitingConsumers_shareTwoJobs() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let waiters = try await [fixture.consumer("one"), fixture.consumer("two")]
            try await withThrowingTaskGroup(of: [String].self) { group in
                for waiter in waiters {
                    group.addTask { try await waiter.lease(1, from: "main", wait: .seconds(30)).leases.map(\.id) }
                }
                try await waitUntilBlocked(fixture, waiters: 2)
                _ = try await waiters[0].enqueue([Job("a"), Job("b")], to: "main")
                let leased = try await group.reduce(into: []) { $0 += $1 }
                #expect(leased.sorted() == ["a", "b"])
            }
        }
    }

    @Test("a forwarded job, a released job and a resumed queue wake consumers, too")
    func forwardReleaseAndResume_wakeConsumers() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        #expect(try await queues.waitForWork(in: ["main", "next"], upTo: .seconds(10)) == ["main"])
        #expect(try await queues.waitForWork(in: ["main", "next"], upTo: .milliseconds(1)) == nil)
        let forward = Forward(queue: "next", job: Job("x"))
        _ = try await queues.finish([.complete(leases[0], forward: [forward]), .release(leases[1])], in: "main")
        #expect(try await queues.waitForWork(in: ["next"], upTo: .seconds(10)) == ["next"])
        #expect(try await queues.waitForWork(in: ["main"], upTo: .seconds(10)) == ["main"])
        try await queues.setControl(.run, for: "main")
        #expect(try await queues.waitForWork(in: ["main"], upTo: .seconds(10)) == ["main"])
    }

    @Test("a paused queue, or one without budget, does not wake consumers for its ready jobs")
    func pausedQueue_doesNotWakeConsumers() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        #expect(try await queues.waitForWork(in: ["main"], upTo: .seconds(10)) == ["main"])
        _ = try await fixture.redis.send("HSET", "{\(fixture.namespace)}:control", "state:main", "pause")
        _ = try await queues.lease(1, from: "main")
        #expect(try await fixture.state().wakes == 0)
        _ = try await fixture.redis.send(
            "HSET", "{\(fixture.namespace)}:control", "state:main", "run", "budget:main", "1")
        #expect(try await queues.lease(1, from: "main").leases.count == 1)
        _ = try await queues.lease(1, from: "main")
        #expect(try await fixture.state().wakes == 0)
    }

    @Test("a wait ends at its time limit, or if its task is cancelled, and the next wait finds the next job")
    func wait_endsAtItsLimitOrWhenCancelled() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let empty = try await queues.lease(1, from: "main", wait: .milliseconds(30))
        #expect(empty.leases.isEmpty)
        #expect(empty.control == .run)
        let waiting = Task { try await queues.lease(1, from: "main", wait: .seconds(30)) }
        try await Task.sleep(for: .milliseconds(30))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        _ = try await queues.enqueue([Job("a")], to: "main")
        // Even if the cancelled wait has removed the wake-up, the next wait finds the job, a second later.
        #expect(try await queues.lease(1, from: "main", wait: .seconds(10)).leases.count == 1)
    }

    @Test("an idle consumer sends no more than two commands a second")
    func idleConsumer_sendsFewCommands() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await queues.lease(1, from: "main", wait: .milliseconds(1))
            _ = try await fixture.redis.send("CONFIG", "RESETSTAT")
            _ = try await queues.lease(1, from: "main", wait: .milliseconds(2900))
            let evaluations = try await calls("evalsha", fixture)
            let waits = try await calls("blpop", fixture)
            #expect(evaluations <= 4)
            #expect(waits <= 3)
        }
    }

    @Test("a wait never delays a heartbeat of the same object")
    func wait_neverDelaysHeartbeats() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            _ = try await queues.enqueue([Job("a")], to: "main")
            let leases = try await queues.lease(1, from: "main", leaseTime: .seconds(600)).leases
            let waiting = Task { try await queues.lease(1, from: "next", wait: .seconds(60)) }
            try await waitUntilBlocked(fixture, waiters: 1)
            _ = try await fixture.redis.send("CONFIG", "RESETSTAT")
            for _ in 0..<100 { #expect(try await queues.extend(leases).held == [true]) }
            // A hundred heartbeats that were delayed by waits of a second would have seen a hundred of them.
            #expect(try await calls("blpop", fixture) < 50)
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }
}

@Suite("A consumer on its connection's thread", .timeLimit(.minutes(2)))
struct ConnectionThreadTests {
    @Test("it empties a queue while other tasks on the same connection enqueue and extend")
    func consumerOnThread_sharesItsConnection() async throws {
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

    @Test("if it is cancelled while it waits for work, it ends at once, and can still release its jobs")
    func cancelledConsumer_releasesItsJobs() async throws {
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

    @Test("it continues after the loss of its connection")
    func lostConnection_doesNotStopConsumer() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let consumer = try await fixture.consumer()
            _ = try await consumer.enqueue((0..<400).map { Job("job \($0)") }, to: "main")
            async let results = consumer.withConnectionThread { try await Self.completeAll(consumer) }
            for rest in [350, 250, 150, 50] {
                try await eventually("at most \(rest) jobs are left") {
                    try await fixture.redis.send("HLEN", "{\(fixture.namespace)}:main:jobs").number ?? 0 <= rest
                }
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
            // If the reply with the lease was lost, the next job is as good here.
            if leases.isEmpty { leases = try await consumer.lease(1, from: "main").leases }
        }
        return results
    }
}
