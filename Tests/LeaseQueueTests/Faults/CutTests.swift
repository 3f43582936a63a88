import Glibc
import LeaseQueue
import TestSupport
import Testing

@Suite("A connection that is cut between any two bytes", .timeLimit(.minutes(10)))
struct CutTests {
    /// Trials take milliseconds of work and tens of waiting: many go on at the same time.
    private static let lanes = 12
    /// Cuts inside of a command are all alike to a server, which waits for its end in vain: the ordinary run tries some.
    private static let commandStride = getenv("ATMOS_LONG_TESTS") == nil ? 3 : 1

    /// Tries an exchange with a cut after every byte of its commands and of its replies.
    ///
    /// `prepare` makes the state before; `exchange` is what the cut falls into, and repeats itself; `check` looks at what
    /// has become of it, with a comment that names the cut.
    private func trials<Prepared: Sendable, Answer: Sendable>(
        prepare: @escaping @Sendable (ProxiedQueue) async throws -> Prepared,
        exchange: @escaping @Sendable (ProxiedQueue, Prepared) async throws -> Answer,
        check: @escaping @Sendable (ProxiedQueue, Prepared, Answer, Comment) async throws -> Void
    ) async throws {
        let cuts = try await withThrowingTaskGroup(of: (tried: Int, cut: Int).self) { group in
            for lane in 0..<Self.lanes {
                group.addTask {
                    let queue = try await ProxiedQueue()
                    // The first time hands over the scripts; the second time is measured.
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
                            // A number with fewer digits than at the measuring may have made it too short for this cut.
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
        #expect(cuts.tried > 20 && cuts.cut >= cuts.tried * 9 / 10, "\(cuts)")
    }

    @Test("enqueues a job once")
    func enqueue() async throws {
        try await trials { _ in
        } exchange: { queue, _ in
            try await queue.queues.enqueue([Job("a"), Job("b", priority: 9)], to: "main")
        } check: { queue, _, answer, comment in
            // Both new, or both there already when it was repeated: the step is atomic.
            #expect(Set(answer).count == 1, comment)
            try await queue.expect(main: ["a", "b"], comment)
            #expect(try await queue.fixture.state().ready == [5: ["a"], 9: ["b"]], comment)
        }
    }

    @Test("leases a job to one consumer, or holds it until the lost lease runs out")
    func lease() async throws {
        try await trials { queue in
            try await queue.queues.enqueue([Job("a")], to: "main")
        } exchange: { queue, _ in
            try await queue.queues.lease(1, from: "main").leases
        } check: { queue, _, leases, comment in
            try await queue.expect(main: ["a"], comment)
            #expect(try await queue.fixture.state().leased == ["a"], comment)
            var lease = leases.first
            if lease == nil {
                lease = try await queue.leaseSurely()
                #expect(lease?.deliveries == 2, comment)
            }
            #expect(try await queue.queues.finish([.complete(#require(lease))], in: "main").results == [.done])
            try await queue.expect(main: [], comment)
        }
    }

    @Test("completes a job and forwards it once, and leases the next one")
    func complete() async throws {
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
    func fail() async throws {
        try await trials { queue in
            _ = try await queue.queues.enqueue([Job("a")], to: "main")
            return try await queue.queues.lease(1, from: "main").leases[0]
        } exchange: { queue, lease in
            try await queue.queues.finish(
                [.fail(lease, error: "no luck", forward: [Forward(queue: "next", job: Job("e"))])], in: "main")
        } check: { queue, _, reply, comment in
            #expect(reply.results == [.done] || reply.results == [.alreadyDone], comment)
            try await queue.expect(main: ["a"], next: ["e"], comment)
            #expect(try await queue.leaseSurely().attempt == 2, comment)
        }
    }

    @Test("extends a lease that holds")
    func extend() async throws {
        try await trials { queue in
            _ = try await queue.queues.enqueue([Job("a")], to: "main")
            return try await queue.queues.lease(1, from: "main").leases[0]
        } exchange: { queue, lease in
            try await queue.queues.extend([lease]).held
        } check: { queue, lease, held, comment in
            #expect(held == [true] && lease.isValid, comment)
            #expect(try await queue.queues.finish([.release(lease)], in: "main").results == [.done], comment)
            try await queue.expect(main: ["a"], comment)
        }
    }
}
