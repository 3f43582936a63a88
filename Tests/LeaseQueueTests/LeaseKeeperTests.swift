import Glibc
import LocalStack
import RedisClient
import Synchronization
import TestSupport
import Testing

@testable import LeaseQueue

@Suite("Keeping leases", .timeLimit(.minutes(3)))
struct LeaseKeeperTests {
    /// Work that ends when its task is cancelled, and records that.
    private final class EndlessWork: Sendable {
        private let cancelled = Mutex(false)
        private let started = Mutex(false)

        var wasCancelled: Bool { cancelled.withLock { $0 } }
        var hasStarted: Bool { started.withLock { $0 } }

        func run() async throws {
            started.withLock { $0 = true }
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                cancelled.withLock { $0 = true }
                throw error
            }
        }
    }

    private struct Failed: Error, Equatable {}

    private func queues(_ fixture: QueueFixture, leaseTime: Duration) async throws -> LeaseQueues {
        try await fixture.consumer(queues: [
            QueueConfiguration(name: "main", leaseTime: leaseTime),
            QueueConfiguration(name: "next", leaseTime: leaseTime),
        ])
    }

    /// Runs `body` with a keeper whose time passes only when the clock is advanced.
    private func withKeeper<Result: Sendable>(
        _ queues: LeaseQueues, _ clock: ManualClock, _ body: (LeaseKeeper) async throws -> Result
    ) async throws -> Result {
        // The extensions count from the real time: a test may advance the clock by less than a lease time.
        let keeper = LeaseKeeper(queues, heartbeatInterval: .seconds(100), clock: clock.leaseClock)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await keeper.run() }
            defer { group.cancelAll() }
            return try await body(keeper)
        }
    }

    @Test("every heartbeat extends all held leases, of several queues, for as long as the work runs")
    func heartbeat_extendsAllHeldLeases() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(600))
        _ = try await queues.enqueue((0..<20).map { Job("\($0)") }, to: "main")
        _ = try await queues.enqueue((0..<20).map { Job("\($0)") }, to: "next")
        let leases = try await queues.lease(20, from: "main").leases + queues.lease(20, from: "next").leases
        let clock = ManualClock()
        try await withKeeper(queues, clock) { keeper in
            let (work, finish) = AsyncStream<Void>.makeStream()
            let holding = Task { try await keeper.hold(leases) { for await _ in work {} } }
            for _ in 0..<3 {
                // As if the leases had nearly expired.
                for queue in ["main", "next"] as [QueueName] {
                    try await fixture.setLeaseTimeLeft(.seconds(60), in: queue)
                }
                try await eventually("the keeper waits") { clock.sleepers >= 1 }
                clock.advance(by: keeper.heartbeatInterval)
                for queue in ["main", "next"] as [QueueName] {
                    try await eventually("the leases are extended") {
                        let held = try await queues.heldLeases(in: queue, limit: 100)
                        return held.count == 20 && held.allSatisfy { $0.timeLeft > .seconds(300) }
                    }
                }
            }
            finish.finish()
            try await holding.value
        }
        for queue in ["main", "next"] as [QueueName] {
            let mine = leases.filter { $0.queue == queue }
            let results = try await queues.finish(mine.map { .complete($0) }, in: queue).results
            #expect(results.allSatisfy { $0 == .done })
        }
    }

    @Test("several keepers run side by side, each for its own connection")
    func withLeaseKeepers_keepsLeasesOfSeveralConnections() async throws {
        let fixtures = [try await QueueFixture(), try await QueueFixture()]
        var connections: [LeaseQueues] = []
        for fixture in fixtures { connections.append(try await queues(fixture, leaseTime: .seconds(60))) }
        for queues in connections { _ = try await queues.enqueue([Job("a")], to: "main") }
        let beats = Mutex(0)
        try await withLeaseKeepers(
            connections, heartbeatInterval: .milliseconds(10), onHeartbeat: { beats.withLock { $0 += 1 } }
        ) { keepers in
            #expect(keepers.count == 2)
            for (keeper, queues) in zip(keepers, connections) {
                let lease = try #require(try await queues.lease(1, from: "main").leases.first)
                let before = beats.withLock { $0 }
                try await keeper.hold(lease) {
                    try await eventually("the lease is extended") { beats.withLock { $0 } > before }
                }
                #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
            }
        }
    }

    @Test("the result and the error of the work are passed on")
    func hold_passesResultAndErrorOn() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(60))
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        try await withLeaseKeeper(queues) { keeper in
            let seven = try await keeper.hold(lease) { 7 }
            #expect(seven == 7)
            await #expect(throws: Failed()) { try await keeper.hold(lease) { throw Failed() } }
        }
        let short = try await queues.extend([lease])
        #expect(short.controls == ["main": .run])
        await #expect(throws: LeaseQueueError.self) {
            try await withLeaseKeeper(queues, heartbeatInterval: .seconds(40)) { try await $0.hold(lease) {} }
        }
    }

    @Test("work is cancelled if another consumer has its job, and the error says so")
    func lostLease_cancelsItsWorkOnly() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(600))
        let other = try await fixture.consumer("other")
        _ = try await queues.enqueue([Job("a"), Job("b")], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        let work = EndlessWork()
        let error = await #expect(throws: LeaseQueueError.self) {
            try await withLeaseKeeper(queues, heartbeatInterval: .milliseconds(20)) { keeper in
                let (keptWork, finish) = AsyncStream<Void>.makeStream()
                async let kept: Void = keeper.hold(leases[1]) { for await _ in keptWork {} }
                try await fixture.expireLeases("a")
                _ = try await other.lease(1, from: "main")
                do {
                    try await keeper.hold(leases[0]) { try await work.run() }
                } catch {
                    // The other lease is not affected.
                    finish.finish()
                    try await kept
                    throw error
                }
            }
        }
        #expect(error?.code == .leaseLost)
        #expect(error?.message.contains("job 'a'") == true)
        #expect(work.wasCancelled)
        #expect(!leases[0].isValid)
        #expect(leases[1].isValid)
        #expect(try await queues.finish([.complete(leases[0])], in: "main").results == [.stale])
    }

    @Test("while the server is silent, work continues past the end of its lease, and its lease is extended afterwards")
    func silentServer_endsNoWork() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await queues(fixture, leaseTime: .seconds(600))
            _ = try await queues.enqueue([Job("a")], to: "main")
            let lease = try await queues.lease(1, from: "main").leases[0]
            try await fixture.setLeaseTimeLeft(.seconds(60), in: "main")
            let (clock, work) = (ManualClock(), EndlessWork())
            let beats = Mutex(0)
            let process = try #require(server.processIdentifier)
            let keeper = LeaseKeeper(queues, heartbeatInterval: .milliseconds(10), clock: clock.leaseClock) {
                beats.withLock { $0 += 1 }
            }
            let beating = Task { await keeper.run() }
            let holding = Task { try await keeper.hold(lease) { try await work.run() } }
            try await eventually("the keeper waits, and the work runs") { clock.sleepers >= 1 && work.hasStarted }
            #expect(kill(process, SIGSTOP) == 0)
            // Some heartbeats fail, and far more than the lease time passes.
            for turn in 1...4 {
                clock.advance(by: .seconds(600))
                try await eventually("heartbeat \(turn) fails") { beats.withLock { $0 } >= turn }
                try await eventually("the keeper waits") { clock.sleepers >= 1 }
            }
            #expect(!work.wasCancelled)
            #expect(kill(process, SIGCONT) == 0)
            try await eventually("the lease is extended") {
                clock.advance(by: .seconds(1))
                return try await queues.heldLeases(in: "main", limit: 1).contains { $0.timeLeft > .seconds(300) }
            }
            #expect(!work.wasCancelled)
            holding.cancel()
            _ = await holding.result
            beating.cancel()
            #expect(try await queues.finish([.complete(lease)], in: "main").results == [.done])
        }
    }

    @Test("a slow command on the consumer's connection does not delay heartbeats")
    func slowCommand_doesNotDelayHeartbeats() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(600))
        let observer = try await fixture.consumer("observer")
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        try await fixture.setLeaseTimeLeft(.seconds(60), in: "main")
        let list = "{\(fixture.namespace)}:slow"
        async let slow = queues.connection.send(RedisCommand("BLPOP", list, "0"), limit: .seconds(600))
        try await withLeaseKeeper(queues, heartbeatInterval: .milliseconds(10)) { keeper in
            try await keeper.hold(lease) {
                try await eventually("the lease is extended") {
                    try await observer.heldLeases(in: "main", limit: 1).contains { $0.timeLeft > .seconds(300) }
                }
            }
        }
        _ = try await fixture.redis.send("RPUSH", list, "1")
        _ = try await slow
    }

    @Test("work is cancelled if its queue is stopped, and its job can be released")
    func stoppedQueue_cancelsWork() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(60))
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        try await queues.setControl(.stop, for: "main")
        let error = await #expect(throws: LeaseQueueError.self) {
            try await withLeaseKeeper(queues, heartbeatInterval: .milliseconds(10)) { keeper in
                try await keeper.hold(lease) { try await EndlessWork().run() }
            }
        }
        #expect(error?.code == .stopped)
        #expect(try await queues.finish([.release(lease)], in: "main").results == [.done])
    }

    @Test("cancelling a task that holds a lease ends the work and keeps the lease")
    func cancelledTask_keepsItsLease() async throws {
        let fixture = try await QueueFixture()
        let queues = try await queues(fixture, leaseTime: .seconds(60))
        _ = try await queues.enqueue([Job("a")], to: "main")
        let lease = try await queues.lease(1, from: "main").leases[0]
        let work = EndlessWork()
        let holding = Task {
            try await withLeaseKeeper(queues) { try await $0.hold(lease) { try await work.run() } }
        }
        try await eventually("the work runs") { work.hasStarted }
        holding.cancel()
        await #expect(throws: CancellationError.self) { try await holding.value }
        #expect(work.wasCancelled)
        #expect(lease.isValid)
        #expect(try await queues.finish([.release(lease)], in: "main").results == [.done])
    }
}

/// A clock whose time passes only when a test advances it.
final class ManualClock: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var lastNumber = 0
        var sleeping: [Int: (deadline: ContinuousClock.Instant, continuation: CheckedContinuation<Void, any Error>)] =
            [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// The number of tasks that sleep.
    var sleepers: Int { state.withLock { $0.sleeping.count } }

    var leaseClock: LeaseClock {
        LeaseClock(now: { self.state.withLock { $0.now } }, sleep: { try await self.sleep(until: $0) })
    }

    /// Lets time pass, and wakes the tasks whose deadline has come.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleeping.filter { $0.value.deadline <= state.now }
            for number in due.keys { state.sleeping[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    private func sleep(until deadline: ContinuousClock.Instant) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if deadline <= state.now { return .success(()) }
                    state.sleeping[number] = (deadline, continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let sleeping = state.sleeping.removeValue(forKey: number)
                if sleeping == nil { state.cancelled.insert(number) }
                return sleeping?.continuation
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
