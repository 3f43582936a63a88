import LeaseQueue
import Testing

@Suite("Limits", .timeLimit(.minutes(3)))
struct LimitTests {
    private let configurations = [
        QueueConfiguration(name: "main", maximumJobs: 5, maximumPayload: 10), QueueConfiguration(name: "next"),
    ]

    @Test("a full queue refuses new jobs, knows old ones, and says how many it took")
    func full() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: configurations)
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let jobs = ["c", "a", "d", "e", "f", "b", "g"].map { Job($0) }
        #expect(
            try await queues.offer(jobs, to: "main") == [.new, .known, .new, .new, .refused, .known, .refused])
        let error = await #expect(throws: LeaseQueueError.self) {
            try await queues.enqueue([Job("c"), Job("f")], to: "main")
        }
        #expect(error?.code == .queueFull && error?.message.contains("first 1 of 2") == true)
        #expect(try await fixture.state().jobs == ["a", "b", "c", "d", "e"])
        // Of several calls, none comes after one that was refused something.
        let many = (0..<2500).map { Job("\($0)") }
        #expect(try await queues.offer(many, to: "main").allSatisfy { $0 == .refused })
        let later = Job("later", delay: .seconds(60))
        #expect(try await queues.offer([later], to: "main") == [.refused])
    }

    @Test("whoever waits for room gets it when jobs end, in order")
    func waits() async throws {
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

    @Test("a limit that is set for a queue binds every producer at once, whatever it was configured with")
    func shared() async throws {
        let fixture = try await QueueFixture()
        let (strict, lax) = (try await fixture.consumer(queues: configurations), try await fixture.consumer("b"))
        _ = try await lax.enqueue((0..<3).map { Job("\($0)") }, to: "main")
        try await strict.setLimit(4, for: "main")
        #expect(try await lax.offer([Job("a"), Job("b")], to: "main") == [.new, .refused])
        #expect(try await lax.limit(of: "main") == 4)
        #expect(try await lax.report(of: "main").limit == 4)
        // Of a producer's own limit and the one that was set, the smaller counts.
        try await lax.setLimit(100, for: "main")
        #expect(try await strict.offer([Job("c"), Job("d")], to: "main") == [.new, .refused])
        #expect(try await lax.offer([Job("e")], to: "main") == [.new])
        // A limit below what is there touches nothing, and whoever waits goes on once it is lifted.
        try await lax.setLimit(0, for: "main")
        #expect(try await fixture.state().jobs.count == 6)
        async let waiting = lax.enqueue([Job("f")], to: "main", waitingWhenFull: .seconds(60))
        #expect(try await lax.offer([Job("g")], to: "main") == [.refused])
        try await strict.setLimit(nil, for: "main")
        #expect(try await waiting == [true])
        #expect(try await strict.limit(of: "main") == nil)
        let error = await #expect(throws: LeaseQueueError.self) { try await lax.setLimit(-1, for: "main") }
        #expect(error?.code == .invalidArgument && error?.message.contains("limit") == true)
    }

    @Test("forwarded jobs land in a full queue, all of them, and hold new work back")
    func forwards() async throws {
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
    func payload() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: configurations)
        _ = try await queues.enqueue([Job(id: "fits", payload: [UInt8](repeating: 0, count: 10))], to: "main")
        let long = Job(id: "long", payload: [UInt8](repeating: 0, count: 11))
        let error = await #expect(throws: LeaseQueueError.self) {
            try await queues.enqueue([Job("a"), long], to: "main")
        }
        #expect(error?.code == .payloadTooLarge && error?.message.contains("11 bytes") == true)
        let lease = try await queues.lease(1, from: "main").leases[0]
        let forwarded = await #expect(throws: LeaseQueueError.self) {
            try await queues.finish([.complete(lease, forward: [Forward(queue: "main", job: long)])], in: "main")
        }
        #expect(forwarded?.code == .payloadTooLarge && lease.isValid)
        #expect(try await fixture.state().jobs == ["fits"])
    }
}
