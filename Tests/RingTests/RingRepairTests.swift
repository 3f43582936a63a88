import LeaseQueue
import ParameterSpace
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline
@testable import RunLedger

@Suite("A ring whose queues have lost jobs", .timeLimit(.minutes(10)))
struct RingRepairTests {
    private func repairer(_ ring: InProcessRing) -> RingRepairer {
        var repairer = RingRepairer(ring.ring)
        repairer.interval = .milliseconds(50)
        return repairer
    }

    @Test("repairs itself while it runs, and ends with the same points", arguments: StrategyTests.all)
    func clearedQueues_areRestored(strategy: String) async throws {
        let ring = try await InProcessRing(strategy: strategy)
        try await ring.start()
        let repair = Task { try await repairer(ring).run() }
        defer { repair.cancel() }
        try await ring.withRoles(.init(delay: 0...3_000)) {
            try await eventually("20 points have a verdict, and the queues have a mark") {
                let hasMark = try await ring.ledger.ringMark(of: ring.definition.table) != nil
                return try await ring.ledger.progress(of: ring.definition.table).completed >= 20 && hasMark
            }
            try await ring.queues.clear()
            try await eventually("all points have a verdict", within: .seconds(120)) {
                guard try await ring.queues.counts().isFinished else { return false }
                return try await ring.verdicts() == ring.replayed()
            }
        }
        #expect(try await ring.verdicts() == ring.replayed())
    }

    @Test("at rest with open points is filled again, unless it was drained or reset")
    func ringAtRest_isRepaired() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood}")
        let point = try ring.definition.space.point(code: "1,0")
        let queued = QueuedPoint(
            hash: ring.definition.space.hash(of: point).bytes, code: point.code,
            values: point.values.map(\.doubleValue))
        _ = try await ring.ledger.insertQueued([queued], into: ring.definition.table)
        let kill = KillSwitch(queues: ring.queues, logger: .silent)
        try await kill.set(.drain)
        #expect(try await repairer(ring).look() == .atRest)
        try await kill.set(.run)
        #expect(try await repairer(ring).look() == .working)
        #expect(try await ring.queues.readyJobs(in: RingQueues.main).count == 1)
        try await kill.reset()
        #expect(try await repairer(ring).look() == .atRest)
        #expect(try await ring.queues.counts().isFinished)
        try await ring.start()
        #expect(try await repairer(ring).look() == .working)
    }

    @Test("is repaired by one process at a time, and by another one once that has ended")
    func repair_hasOneHolder() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood}")
        let table = ring.definition.table
        let (first, second) = (try await ring.connectLedger(), try await ring.connectLedger())
        #expect(try await first.holdsRingLock(of: table))
        #expect(try await !second.holdsRingLock(of: table))
        #expect(try await first.holdsRingLock(of: table))
        await first.close()
        try await eventually("the lock is free") { try await second.holdsRingLock(of: table) }
    }

    @Test("is recognised by another server, other data, an older or missing mark, or a clock that went back")
    func loss_isRecognised() throws {
        var state = ServerState()
        (state.runID, state.replicationID, state.time) = ("a", "b", 5_000_000)
        let mark = try #require(RingMark(RingMark(state).description))
        state.mark = mark.text
        #expect(mark.loss(in: state) == nil)
        func changed(_ change: (inout ServerState) -> Void) -> String? {
            var state = state
            change(&state)
            return mark.loss(in: state)
        }
        #expect(changed { $0.runID = "c" } == "Redis was restarted")
        #expect(changed { $0.replicationID = "c" } == "another Redis has taken over")
        #expect(changed { $0.mark = nil } == "the queues are empty")
        #expect(changed { $0.mark = "0" } == "the queues are older than they were")
        #expect(changed { $0.time = 1 } == "the clock of Redis went back")
        #expect(changed { $0.time = 4_500_000 } == nil)
    }
}

@Suite("The number of points in the ring", .timeLimit(.minutes(5)))
struct RingCapacityTests {
    @Test("is bounded: nothing is expanded while too many points wait")
    func waitingPoints_areBounded() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood}")
        let jobs = (0..<20).map { Job(id: "\($0)", payload: []) }
        _ = try await ring.queues.enqueue(jobs, to: RingQueues.main)
        let finished = RingMessage.point(PointMessage(code: "0,0", parent: nil)).payload()
        _ = try await ring.queues.enqueue([Job(id: "finished", payload: finished)], to: RingQueues.explore)
        var master = Master(ring.ring)
        master.maxWaitingPoints = 20
        let running = Task { [master] in try await master.run() }
        defer { running.cancel() }
        try await Task.sleep(for: .seconds(1))
        #expect(try await ring.queues.counts()[RingQueues.explore]?.ready == 1)
        _ = try await ring.queues.drop(ids: ["0"], from: RingQueues.main)
        try await eventually("the point is expanded") {
            try await ring.queues.counts()[RingQueues.mainSQL]?.ready == 4
        }
    }

    @Test("is smaller while Redis uses more than three quarters of its memory, but not zero")
    func waitingPoints_areFewerWithoutMemory() {
        #expect(!RingCapacity.isFull(waiting: 5_000, of: 100_000, memoryUse: nil))
        #expect(!RingCapacity.isFull(waiting: 5_000, of: 100_000, memoryUse: 0.7))
        #expect(RingCapacity.isFull(waiting: 5_000, of: 100_000, memoryUse: 0.8))
        #expect(!RingCapacity.isFull(waiting: 999, of: 100_000, memoryUse: 0.99))
        #expect(RingCapacity.isFull(waiting: 100_000, of: 100_000, memoryUse: nil))
    }
}
