import LeaseQueue
import Support
import TestSupport
import Testing

@Suite("Enqueueing", .timeLimit(.minutes(3)))
struct EnqueueTests {
    @Test("new jobs are ready in their order, and one wake-up is left for a waiting consumer")
    func newJobs_areReadyInOrder() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        #expect(try await fixture.state() == QueueState())
        #expect(
            try await queues.enqueue([Job("a"), Job("b", priority: 9), Job("c")], to: "main") == [true, true, true])
        #expect(
            try await fixture.state()
                == QueueState(ready: [5: ["a", "c"], 9: ["b"]], jobs: ["a", "b", "c"], wakes: 1))
    }

    @Test("an id that is ready, delayed, leased or dead is not enqueued again, nor twice in one call")
    func knownID_isNotEnqueuedAgain() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("leased", priority: 9), Job("dead", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        _ = try await queues.finish([.fail(leases[1], error: "broken")], in: "main")
        _ = try await queues.enqueue([Job("ready"), Job("delayed", delay: .seconds(60))], to: "main")
        let before = try await fixture.state()
        #expect(before.leased == ["leased"])
        #expect(before.dead == ["dead"])
        #expect(before.delayed == ["delayed"])

        let again = ["ready", "delayed", "leased", "dead"].map { Job($0, priority: 1) }
        #expect(try await queues.enqueue(again, to: "main") == [false, false, false, false])
        #expect(try await fixture.state() == before)
        #expect(try await queues.enqueue([Job("x"), Job("x"), Job("y")], to: "main") == [true, false, true])
        #expect(try await fixture.state().ready == [5: ["ready", "x", "y"]])
    }

    @Test("an id is free when its job is complete")
    func completedID_isFree() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        _ = try await queues.finish([.complete(lease)], in: "main")
        #expect(try await queues.enqueue([Job("a")], to: "main") == [true])
    }

    @Test("higher priorities are leased first, and within a priority in the order of arrival")
    func priorities_decideTheOrder() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let jobs = (0..<40).map { Job("\($0)", priority: ($0 * 7) % 10) }
        _ = try await queues.enqueue(jobs, to: "main")
        let expected = jobs.enumerated().sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
        var leased: [String] = []
        for count in [1, 2, 30, 7, 5] { leased += try await queues.lease(count, from: "main").leases.map(\.id) }
        #expect(leased == expected.map(\.element.id))
    }

    @Test("a delayed job is leased when it is due, and not before")
    func delayedJob_isLeasedWhenDue() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("much later", delay: .seconds(60))], to: "main")
        #expect(try await fixture.state() == QueueState(delayed: ["much later"], jobs: ["much later"], wakes: 1))
        let early = try await queues.lease(1, from: "main")
        #expect(early.leases.isEmpty)
        #expect(try #require(early.nextEvent) <= .seconds(60))
        #expect(early.nextEvent! > .seconds(30))

        _ = try await queues.enqueue([Job("later", delay: .milliseconds(200))], to: "main")
        let lease = try #require(try await queues.lease(5, from: "main", wait: .seconds(20)).leases.first)
        // The token is the server's time in microseconds when the job was leased.
        #expect(lease.id == "later")
        #expect(Int64(lease.token.rawValue) - lease.enqueuedAt >= 199_000)
        #expect(try await fixture.state().delayed == ["much later"])
    }

    @Test("jobs that need several calls keep their order")
    func manyJobs_keepTheirOrder() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let jobs = (0..<2500).map { Job("\($0)") }
        #expect(try await queues.enqueue(jobs, to: "main").allSatisfy { $0 })
        var leased: [String] = []
        for _ in 0..<3 { leased += try await queues.lease(1000, from: "main").leases.map(\.id) }
        #expect(leased == jobs.map(\.id))
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("payloads of any bytes and length, and ids that look like keys, come back unchanged")
    func hostilePayloads_comeBackUnchanged() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let payloads: [[UInt8]] = [
            [], [0], [0, 0, 0], Array("*3\r\n$3\r\nSET\r\n".utf8), Array(0...255), [0xff, 0xfe, 0xc0],
            Array("'\"]]--".utf8),
            (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 37) },
        ]
        let ids = [
            "{\(fixture.namespace)}:main:ready:5", "{\(fixture.namespace)}:control", "nul\0inside", "new\r\nline",
            "ünï cødé 🌍",
            "' .. redis.call('FLUSHALL') .. '", "-1", String(repeating: "x", count: 1024),
        ]
        let jobs = zip(ids, payloads).map { Job(id: $0, payload: $1) }
        #expect(try await queues.enqueue(jobs, to: "main").allSatisfy { $0 })
        let leases = try await queues.lease(100, from: "main").leases
        #expect(leases.map(\.id) == ids)
        #expect(leases.map(\.payload) == payloads)
        // Also through failing and forwarding.
        let errors = leases.map { Outcome.fail($0, error: "\0\n\(String(repeating: "ü", count: 3000))") }
        #expect(try await queues.finish(errors, in: "main").results.allSatisfy { $0 == .done })
        let again = try await queues.lease(100, from: "main").leases
        #expect(Set(again.map(\.payload)) == Set(payloads))
        #expect(again.allSatisfy { $0.attempt == 2 })
        let forwarded = again.map {
            Outcome.complete($0, forward: [Forward(queue: "next", job: Job(id: $0.id, payload: $0.payload))])
        }
        #expect(try await queues.finish(forwarded, in: "main").results.allSatisfy { $0 == .done })
        #expect(try await fixture.state() == QueueState(wakes: 1))
        let moved = try await queues.lease(100, from: "next").leases
        #expect(
            Dictionary(uniqueKeysWithValues: moved.map { ($0.id, $0.payload) })
                == Dictionary(uniqueKeysWithValues: zip(ids, payloads)))
    }

    @Test("arguments out of range are refused and change nothing")
    func invalidJobs_areRefused() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let wrong = [
            Job(""), Job(String(repeating: "x", count: 1025)), Job("a", priority: 10), Job("a", priority: -1),
            Job("a", delay: .seconds(-1)),
        ]
        for job in wrong {
            let error = await #expect(throws: LeaseQueueError.self) {
                try await queues.enqueue([Job("fine"), job], to: "main")
            }
            #expect(error?.code == .invalidArgument)
        }
        let unknown = await #expect(throws: LeaseQueueError.self) { try await queues.enqueue([Job("a")], to: "other") }
        #expect(unknown?.code == .unknownQueue)
        #expect(try await fixture.state() == QueueState())
    }
}

@Suite("Limits", .timeLimit(.minutes(3)))
struct LimitTests {
    private let configurations = [
        QueueConfiguration(name: "main", maximumJobs: 5, maximumPayload: 10), QueueConfiguration(name: "next"),
    ]

    @Test("a full queue refuses new jobs, recognises known ones, and reports how many were enqueued")
    func fullQueue_refusesNewJobs() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: configurations)
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let jobs = ["c", "a", "d", "e", "f", "b", "g"].map { Job($0) }
        #expect(
            try await queues.offer(jobs, to: "main") == [.new, .known, .new, .new, .refused, .known, .refused])
        let error = await #expect(throws: LeaseQueueError.self) {
            try await queues.enqueue([Job("c"), Job("f")], to: "main")
        }
        #expect(error?.code == .queueFull)
        #expect(error?.message.contains("first 1 of 2") == true)
        #expect(try await fixture.state().jobs == ["a", "b", "c", "d", "e"])
        // After a call with a refused job, no further call is made.
        let many = (0..<2500).map { Job("\($0)") }
        #expect(try await queues.offer(many, to: "main").allSatisfy { $0 == .refused })
        let later = Job("later", delay: .seconds(60))
        #expect(try await queues.offer([later], to: "main") == [.refused])
    }

    @Test("a producer that waits for a full queue continues when jobs end, and its jobs keep their order")
    func waitingProducer_continuesWhenJobsEnd() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: configurations)
        let producing = Task {
            try await queues.enqueue((10..<40).map { Job("\($0)") }, to: "main", waitingWhenFull: .seconds(60))
        }
        var ended: [String] = []
        while ended.count < 30 {
            let leases = try await queues.lease(3, from: "main", wait: .seconds(10)).leases
            ended += leases.map(\.id)
            #expect(try await fixture.state().jobs.count <= 5)
            _ = try await queues.finish(leases.map { .complete($0) }, in: "main")
        }
        #expect(ended == (10..<40).map { "\($0)" })
        #expect(try await producing.value.allSatisfy { $0 })
    }

    @Test("a limit that is set for a queue applies to every producer at once, regardless of its configuration")
    func setLimit_appliesToEveryProducer() async throws {
        let fixture = try await QueueFixture()
        let (strict, lax) = (try await fixture.consumer(queues: configurations), try await fixture.consumer("b"))
        _ = try await lax.enqueue((0..<3).map { Job("\($0)") }, to: "main")
        try await strict.setLimit(4, for: "main")
        #expect(try await lax.offer([Job("a"), Job("b")], to: "main") == [.new, .refused])
        #expect(try await lax.limit(of: "main") == 4)
        #expect(try await lax.report(of: "main").limit == 4)
        // The smaller of the producer's limit and the limit of the queue counts.
        try await lax.setLimit(100, for: "main")
        #expect(try await strict.offer([Job("c"), Job("d")], to: "main") == [.new, .refused])
        #expect(try await lax.offer([Job("e")], to: "main") == [.new])
        // A limit below the number of jobs changes nothing, and a waiting producer continues when it is removed.
        try await lax.setLimit(0, for: "main")
        #expect(try await fixture.state().jobs.count == 6)
        async let waiting = lax.enqueue([Job("f")], to: "main", waitingWhenFull: .seconds(60))
        #expect(try await lax.offer([Job("g")], to: "main") == [.refused])
        try await strict.setLimit(nil, for: "main")
        #expect(try await waiting == [true])
        #expect(try await strict.limit(of: "main") == nil)
        let error = await #expect(throws: LeaseQueueError.self) { try await lax.setLimit(-1, for: "main") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("limit") == true)
    }

    @Test("a full queue accepts all forwarded jobs, and then refuses new ones")
    func forwardedJobs_areAlwaysAccepted() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: configurations)
        _ = try await queues.enqueue((0..<5).map { Job("\($0)") }, to: "main")
        _ = try await queues.enqueue([Job("x")], to: "next")
        let lease = try await queues.lease(1, from: "next").leases[0]
        let forwards = (0..<20).map { Forward(queue: "main", job: Job("new \($0)")) }
        #expect(try await queues.finish([.complete(lease, forward: forwards)], in: "next").results == [.done])
        #expect(try await queues.counts()["main"]?.ready == 25)
        #expect(try await queues.offer([Job("newer")], to: "main") == [.refused])
    }

    @Test("a payload that is too long is refused before anything is sent, also in a forward")
    func longPayload_isRefused() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: configurations)
        _ = try await queues.enqueue([Job(id: "fits", payload: [UInt8](repeating: 0, count: 10))], to: "main")
        let long = Job(id: "long", payload: [UInt8](repeating: 0, count: 11))
        let error = await #expect(throws: LeaseQueueError.self) {
            try await queues.enqueue([Job("a"), long], to: "main")
        }
        #expect(error?.code == .payloadTooLarge)
        #expect(error?.message.contains("11 bytes") == true)
        let lease = try await queues.lease(1, from: "main").leases[0]
        let forwarded = await #expect(throws: LeaseQueueError.self) {
            try await queues.finish([.complete(lease, forward: [Forward(queue: "main", job: long)])], in: "main")
        }
        #expect(forwarded?.code == .payloadTooLarge)
        #expect(lease.isValid)
        #expect(try await fixture.state().jobs == ["fits"])
    }
}

/// Passes ids and payloads that look like something else through every operation.
@Suite("Hostile ids and payloads", .timeLimit(.minutes(3)))
struct HostileTests {
    private let seed = UInt64.random(in: 0..<1_000_000)

    private func randomID(_ generator: inout SplitMix64) -> String {
        let pieces = [
            "\0", "\r\n", "$3\r\n", "*1\r\n", "{", "}", ":ready:5", "#dead#", " ", ",", "g 1 2 3 4", "-1", "nil", "'",
            "\"", "]]",
            "ü", "🌍", "%s", "\\", "\u{7f}", "0000000000000001", "x",
        ]
        let count = Int.random(in: 1...12, using: &generator)
        return (0..<count).map { _ in pieces.randomElement(using: &generator)! }.joined()
    }

    private func randomPayload(_ generator: inout SplitMix64) -> [UInt8] {
        let lengths = [0, 1, 2, 20, 21, 22, 47, 1000, 70_000]
        return (0..<lengths.randomElement(using: &generator)!).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test("pass through every operation unchanged, and affect no other job")
    func hostileJobs_passThroughEveryOperation() async throws {
        var generator = SplitMix64(seed: seed)
        var jobs: [String: [UInt8]] = [:]
        while jobs.count < 150 { jobs[randomID(&generator)] = randomPayload(&generator) }
        jobs["a megabyte"] = (0..<1 << 20).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            "\0 consumer\n",
            queues: [QueueConfiguration(name: "main", maximumAttempts: 1), QueueConfiguration(name: "next")])
        _ = try await queues.enqueue([Job("bystander", priority: 0, delay: .seconds(3600))], to: "main")

        func lease(_ queue: QueueName) async throws -> [Lease] {
            let leases = try await queues.lease(1000, from: queue).leases
            let came = Dictionary(uniqueKeysWithValues: leases.map { ($0.id, $0.payload) })
            #expect(came == jobs, "seed \(seed)")
            return leases
        }
        let new = jobs.map { Job(id: $0.key, payload: $0.value) }
        #expect(try await queues.enqueue(new, to: "main").allSatisfy { $0 })
        #expect(try await queues.states(of: Array(jobs.keys), in: "main").allSatisfy { $0 == .ready(priority: 5) })
        let first = try await lease("main")
        #expect(try await queues.extend(first).held.allSatisfy { $0 })
        #expect(try await queues.heldLeases(in: "main", limit: 1000).allSatisfy { $0.consumer == "\0 consumer\n" })
        _ = try await queues.finish(first.map { .release($0) }, in: "main")
        let second = try await lease("main")
        _ = try await queues.finish(second.map { .fail($0, error: $0.id + "\0\n f 1 2 3 4\n") }, in: "main")
        for (id, payload) in jobs {
            let letter = try #require(try await queues.deadLetter(id: id, in: "main"), "seed \(seed)")
            #expect(letter.payload == payload, "seed \(seed)")
            #expect(letter.releaseCount == 1, "seed \(seed)")
            #expect(letter.failures.map(\.error) == [id + "\0\n f 1 2 3 4\n"], "seed \(seed)")
            #expect(letter.failures.map(\.consumer) == ["\0 consumer\n"], "seed \(seed)")
        }
        #expect(try await queues.retryDead(ids: Array(jobs.keys), in: "main") == jobs.count)
        let third = try await lease("main")
        let outcomes = third.map { lease in
            let job = Job(id: lease.id, payload: lease.payload)
            return Outcome.complete(lease, forward: [Forward(queue: "next", job: job)])
        }
        #expect(try await queues.finish(outcomes, in: "main").results.allSatisfy { $0 == .done })
        for queue in ["main", "next"] as [QueueName] { #expect(try await queues.check(queue).isClean, "seed \(seed)") }
        let fourth = try await lease("next")
        _ = try await queues.finish(fourth.map { .release($0) }, in: "next")
        #expect(try await queues.drop(ids: Array(jobs.keys), from: "next") == jobs.count)
        #expect(try await queues.counts() == ["main": QueueCounts(delayed: 1), "next": QueueCounts()])
        #expect(try await fixture.state().histories.isEmpty)
    }
}
