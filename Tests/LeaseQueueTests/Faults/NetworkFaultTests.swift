import Glibc
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import Support
import TestSupport
import Testing

@Suite("A connection that is cut between any two bytes", .timeLimit(.minutes(10)))
struct CutTests {
    /// The trials that run at the same time: a trial mostly waits.
    private static let lanes = 12
    /// All cuts inside a command are alike to the server, which waits for the rest: ordinary runs try only some of
    /// them.
    private static let commandStride = getenv("ATMOS_LONG_TESTS") == nil ? 3 : 1

    /// Tries an exchange with a cut after every byte of its commands and of its replies.
    ///
    /// `prepare` creates the initial state; the connection is cut during `exchange`, which repeats its commands;
    /// `check` examines the result, with a comment that names the cut.
    private func trials<Prepared: Sendable, Answer: Sendable>(
        prepare: @escaping @Sendable (ProxiedQueue) async throws -> Prepared,
        exchange: @escaping @Sendable (ProxiedQueue, Prepared) async throws -> Answer,
        check: @escaping @Sendable (ProxiedQueue, Prepared, Answer, Comment) async throws -> Void
    ) async throws {
        let cuts = try await withThrowingTaskGroup(of: (tried: Int, cut: Int).self) { group in
            for lane in 0..<Self.lanes {
                group.addTask {
                    let queue = try await ProxiedQueue()
                    // The first run sends the scripts; the traffic of a later one is measured.
                    for _ in 0..<2 {
                        _ = try await exchange(queue, prepare(queue))
                        try await queue.queues.clear()
                    }
                    let prepared = try await prepare(queue)
                    let before = queue.proxy.traffic
                    _ = try await exchange(queue, prepared)
                    let after = queue.proxy.traffic
                    try await queue.queues.clear()

                    var tried = 0
                    for (direction, bytes, stride) in [
                        (FaultProxy.Direction.toServer, after.toServer - before.toServer, Self.commandStride),
                        (.toClient, after.toClient - before.toClient, 1),
                    ] {
                        for offset in Swift.stride(from: lane * stride, to: bytes, by: Self.lanes * stride) {
                            let prepared = try await prepare(queue)
                            queue.proxy.cut(direction, after: offset)
                            let answer = try await exchange(queue, prepared)
                            // The exchange may be shorter than the measured one if a number has fewer digits.
                            queue.proxy.disarm()
                            try await check(
                                queue, prepared, answer, "cut after byte \(offset) of \(bytes) \(direction)")
                            try await queue.queues.clear()
                            tried += 1
                        }
                    }
                    return (tried, queue.proxy.cuts)
                }
            }
            return try await group.reduce((tried: 0, cut: 0)) { ($0.tried + $1.tried, $0.cut + $1.cut) }
        }
        #expect(cuts.tried > 20, "\(cuts)")
        #expect(cuts.cut >= cuts.tried * 9 / 10, "\(cuts)")
    }

    @Test("enqueues a job once")
    func cutConnection_enqueuesOnce() async throws {
        try await trials { _ in
        } exchange: { queue, _ in
            try await queue.queues.enqueue([Job("a"), Job("b", priority: 9)], to: "main")
        } check: { queue, _, answer, comment in
            // Both new, or both known after a repetition: the step is atomic.
            #expect(Set(answer).count == 1, comment)
            try await queue.expect(main: ["a", "b"], comment)
            #expect(try await queue.fixture.state().ready == [5: ["a"], 9: ["b"]], comment)
        }
    }

    @Test("leases a job to one consumer, or blocks it until the lost lease expires")
    func cutConnection_leasesOnce() async throws {
        try await trials { queue in
            try await queue.queues.enqueue([Job("a")], to: "main")
        } exchange: { queue, _ in
            try await queue.queues.lease(1, from: "main").leases
        } check: { queue, _, leases, comment in
            try await queue.expect(main: ["a"], comment)
            #expect(try await queue.fixture.state().leased == ["a"], comment)
            var lease = leases.first
            if lease == nil {
                lease = try await queue.leaseOrTakeBack()
                #expect(lease?.deliveries == 2, comment)
            }
            #expect(try await queue.queues.finish([.complete(#require(lease))], in: "main").results == [.done])
            try await queue.expect(main: [], comment)
        }
    }

    @Test("completes a job and forwards it once, and leases the next one")
    func cutConnection_completesOnce() async throws {
        try await trials { queue in
            _ = try await queue.queues.enqueue([Job("a"), Job("b")], to: "main")
            return try await queue.queues.lease(1, from: "main").leases[0]
        } exchange: { queue, lease in
            try await queue.queues.finish(
                [.complete(lease, forward: [Forward(queue: "next", job: Job("a"))])], in: "main", leaseNext: 1)
        } check: { queue, _, reply, comment in
            #expect(reply.results == [.done] || reply.results == [.alreadyDone], comment)
            try await queue.expect(main: ["b"], next: ["a"], comment)
            #expect(try await queue.fixture.state(of: "next").ready == [5: ["a"]], comment)
            #expect(try await queue.fixture.state().leased == ["b"], comment)
        }
    }

    @Test("counts a failure once")
    func cutConnection_failsOnce() async throws {
        try await trials { queue in
            _ = try await queue.queues.enqueue([Job("a")], to: "main")
            return try await queue.queues.lease(1, from: "main").leases[0]
        } exchange: { queue, lease in
            try await queue.queues.finish(
                [.fail(lease, error: "no luck", forward: [Forward(queue: "next", job: Job("e"))])], in: "main")
        } check: { queue, _, reply, comment in
            #expect(reply.results == [.done] || reply.results == [.alreadyDone], comment)
            try await queue.expect(main: ["a"], next: ["e"], comment)
            #expect(try await queue.leaseOrTakeBack().attempt == 2, comment)
        }
    }

    @Test("extends a lease that holds")
    func cutConnection_extends() async throws {
        try await trials { queue in
            _ = try await queue.queues.enqueue([Job("a")], to: "main")
            return try await queue.queues.lease(1, from: "main").leases[0]
        } exchange: { queue, lease in
            try await queue.queues.extend([lease]).held
        } check: { queue, lease, held, comment in
            #expect(held == [true], comment)
            #expect(lease.isValid, comment)
            #expect(try await queue.queues.finish([.release(lease)], in: "main").results == [.done], comment)
            try await queue.expect(main: ["a"], comment)
        }
    }
}

@Suite("A server or a network that stalls", .timeLimit(.minutes(3)))
struct StallTests {
    /// Completes all jobs of a queue at once, while `fault` runs concurrently; then checks that every job was completed
    /// and forwarded exactly once.
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
        "if a server is paused or busy for longer than the command timeout, commands are repeated and count once",
        arguments: [
            ["CLIENT", "PAUSE", "400", "ALL"], ["CLIENT", "PAUSE", "400", "WRITE"], ["DEBUG", "SLEEP", "0.4"],
        ])
    func busyServer_commandsCountOnce(command: [String]) async throws {
        try await TestRedis.withPrivateServer(options: ["--enable-debug-command", "local"]) { server in
            let queue = try await ProxiedQueue(server: server.url, commandTimeout: .milliseconds(80))
            try await workThrough(20, queue) { queue in
                _ = try await queue.fixture.redis.send(command.map { Array($0.utf8) })
            }
        }
    }

    @Test("over a slow network that breaks now and then, every job is completed and forwarded once")
    func slowNetwork_completesJobsOnce() async throws {
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

    @Test("if a network loses everything, commands time out, and work continues when it is back")
    func lostPackets_commandsTimeOut() async throws {
        let queue = try await ProxiedQueue(commandTimeout: .milliseconds(60))
        try await workThrough(20, queue) { queue in
            queue.proxy.blackHole(true)
            // A separate connection, which does not repeat anything.
            var configuration = try RedisConfiguration(url: queue.proxy.url)
            configuration.connectTimeout = .milliseconds(100)
            let error = await #expect(throws: RedisError.self) {
                try await RedisConnection.connect(to: configuration, logger: Logger.silent)
            }
            #expect(error?.code == .timeout)
            queue.proxy.blackHole(false)
        }
    }

    @Test("if a network delivers everything twice, over two connections, no job is in two places or lost")
    func duplicatedPackets_loseNoJob() async throws {
        let queue = try await ProxiedQueue()
        queue.proxy.duplicate(true)
        // The change applies to new connections only.
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
            // No consumer knows the leases of the copied call: they are taken back when they expire.
            try await queue.fixture.expireLeases()
        }
        #expect(completed == ids)
        try await queue.expect(main: [], next: ids, "everything twice")
    }
}

/// A consumer behind a fault proxy, and direct access to the server.
struct ProxiedQueue: Sendable {
    let proxy: FaultProxy
    let fixture: QueueFixture
    let queues: LeaseQueues
    /// A consumer without the proxy.
    let observer: LeaseQueues

    /// - Parameters:
    ///   - server: `nil` is the one that all tests share.
    ///   - commandTimeout: the consumer's time limit for commands.
    init(server: String? = nil, commandTimeout: Duration = .seconds(10)) async throws {
        let shared = try await TestRedis.shared().url
        let url = server ?? shared
        proxy = try FaultProxy(to: url)
        fixture = try await QueueFixture(url: url)
        var configuration = try RedisConfiguration(url: proxy.url)
        configuration.commandTimeout = commandTimeout
        queues = try await Self.connect(to: configuration, namespace: fixture.namespace)
        observer = try await fixture.consumer("observer")
    }

    /// Connects, and tries again if a busy machine exceeds the time limit of commands.
    private static func connect(to configuration: RedisConfiguration, namespace: String) async throws -> LeaseQueues {
        while true {
            do {
                return try await LeaseQueues.connect(
                    to: configuration, namespace: namespace,
                    queues: [
                        QueueConfiguration(
                            name: "main", maximumCrashes: 1000, backoff: Backoff(base: .zero, cap: .zero)),
                        QueueConfiguration(name: "next"),
                    ], consumer: "a", retryTimeout: .seconds(120), logger: Logger.silent)
            } catch let error as RedisError where error.code == .timeout {}
        }
    }

    /// Expects these jobs, and no violated invariant.
    func expect(
        main: Set<String>, next: Set<String> = [], _ comment: Comment, location: SourceLocation = #_sourceLocation
    ) async throws {
        for (queue, ids) in [("main", main), ("next", next)] as [(QueueName, Set<String>)] {
            let state = try await fixture.state(of: queue)
            #expect(state.contradictions == [], comment, sourceLocation: location)
            #expect(state.jobs == ids, comment, sourceLocation: location)
        }
        let counts = try await observer.counts()
        #expect(counts["main"]?.outstanding == main.count, comment, sourceLocation: location)
        #expect(counts["next"]?.outstanding == next.count, comment, sourceLocation: location)
    }

    /// Leases one job. If the reply with its lease was lost, the lease is taken back first.
    func leaseOrTakeBack() async throws -> Lease {
        if let lease = try await queues.lease(1, from: "main").leases.first { return lease }
        try await fixture.expireLeases()
        return try #require(try await queues.lease(1, from: "main").leases.first)
    }
}
