import LeaseQueue
import Testing

@Suite("Enqueueing", .timeLimit(.minutes(1)))
struct EnqueueTests {
    @Test("new jobs are ready in their order, and a waiting consumer would be woken")
    func ready() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        #expect(try await fixture.state() == QueueState())
        #expect(
            try await queues.enqueue([Job("a"), Job("b", priority: 9), Job("c")], to: "main") == [true, true, true])
        #expect(
            try await fixture.state()
                == QueueState(ready: [5: ["a", "c"], 9: ["b"]], jobs: ["a", "b", "c"], wakes: 1))
    }

    @Test("an id that is ready, delayed, leased or dead is not enqueued twice, nor twice in one call")
    func unique() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("leased", priority: 9), Job("dead", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        _ = try await queues.finish([.fail(leases[1], error: "broken")], in: "main")
        _ = try await queues.enqueue([Job("ready"), Job("delayed", delay: .seconds(60))], to: "main")
        let before = try await fixture.state()
        #expect(before.leased == ["leased"] && before.dead == ["dead"] && before.delayed == ["delayed"])

        let again = ["ready", "delayed", "leased", "dead"].map { Job($0, priority: 1) }
        #expect(try await queues.enqueue(again, to: "main") == [false, false, false, false])
        #expect(try await fixture.state() == before)
        #expect(try await queues.enqueue([Job("x"), Job("x"), Job("y")], to: "main") == [true, false, true])
        #expect(try await fixture.state().ready == [5: ["ready", "x", "y"]])
    }

    @Test("an id is free again once its job is complete")
    func freeAgain() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        _ = try await queues.finish([.complete(lease)], in: "main")
        #expect(try await queues.enqueue([Job("a")], to: "main") == [true])
    }

    @Test("higher priorities are leased first, and within one whoever came first")
    func priorities() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let jobs = (0..<40).map { Job("\($0)", priority: ($0 * 7) % 10) }
        _ = try await queues.enqueue(jobs, to: "main")
        let expected = jobs.enumerated().sorted { ($1.element.priority, $0.offset) < ($0.element.priority, $1.offset) }
        var leased: [String] = []
        for count in [1, 2, 30, 7, 5] { leased += try await queues.lease(count, from: "main").leases.map(\.id) }
        #expect(leased == expected.map(\.element.id))
    }

    @Test("a delayed job is not leased before its time, and is then")
    func delays() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue([Job("much later", delay: .seconds(60))], to: "main")
        #expect(try await fixture.state() == QueueState(delayed: ["much later"], jobs: ["much later"], wakes: 1))
        let early = try await queues.lease(1, from: "main")
        #expect(early.leases.isEmpty)
        #expect(try #require(early.nextEvent) <= .seconds(60) && early.nextEvent! > .seconds(30))

        _ = try await queues.enqueue([Job("later", delay: .milliseconds(200))], to: "main")
        let lease = try #require(try await queues.lease(5, from: "main", wait: .seconds(20)).leases.first)
        // The token is the server's time in microseconds when the job was leased.
        #expect(lease.id == "later" && Int64(lease.token.rawValue) - lease.enqueuedAt >= 199_000)
        #expect(try await fixture.state().delayed == ["much later"])
    }

    @Test("more jobs than one call takes keep their order")
    func manyJobs() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let jobs = (0..<2500).map { Job("\($0)") }
        #expect(try await queues.enqueue(jobs, to: "main").allSatisfy { $0 })
        var leased: [String] = []
        for _ in 0..<3 { leased += try await queues.lease(1000, from: "main").leases.map(\.id) }
        #expect(leased == jobs.map(\.id))
        #expect(try await fixture.state().contradictions == [])
    }

    @Test("payloads of any bytes and any length, and ids that look like keys, come back unchanged")
    func hostile() async throws {
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
        // Through failure, reclaim, release and forward as well.
        let errors = leases.map { Outcome.fail($0, error: "\0\n\(String(repeating: "ü", count: 3000))") }
        #expect(try await queues.finish(errors, in: "main").results.allSatisfy { $0 == .done })
        let again = try await queues.lease(100, from: "main").leases
        #expect(Set(again.map(\.payload)) == Set(payloads) && again.allSatisfy { $0.attempt == 2 })
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

    @Test("what is out of range is refused and changes nothing")
    func refused() async throws {
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
