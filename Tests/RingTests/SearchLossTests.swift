import LeaseQueue
import ParameterSpace
import Support
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline
@testable import RunLedger

@Suite("A search whose job or master is lost", .onDedicatedThread, .timeLimit(.minutes(15)))
struct SearchLossTests {
    @Test(
        "is found by reconcile, continues, and ends with the same points; then ledger and queues agree",
        arguments: StrategyTests.all)
    func clearedQueues_areRepaired(strategy: String) async throws {
        let ring = try await InProcessRing(strategy: strategy)
        try await ring.start()
        try await ring.withRoles(.init(delay: 0...3_000)) {
            try await promptly("twenty points are completed") {
                try await ring.ledger.progress(of: ring.definition.table).completed >= 20
            }
        }
        try await ring.queues.clear()
        func reconcile(isDryRun: Bool) async throws -> ReconcileReport {
            try await Reconciler(ring.ring).run(isDryRun: isDryRun)
        }
        let listed = try await reconcile(isDryRun: true)
        let done = try await reconcile(isDryRun: false)
        #expect(done.requeued == listed.requeued)
        #expect(done.restarted == listed.restarted)
        // A point that follows from finished points of two pages is listed with both, and proposed once.
        #expect(done.proposed <= listed.proposed)
        #expect((done.proposed > 0) == (listed.proposed > 0))
        #expect(try await reconcile(isDryRun: true).isClean)
        try await ring.withRoles { try await ring.untilFinished() }
        #expect(try await ring.verdicts() == ring.replayed())
        #expect(try await reconcile(isDryRun: true).isClean)
    }

    @Test(
        "continues after its own job became a dead letter, by reconcile and by another start", arguments: [true, false])
    func deadSearchJob_isRevived(byReconcile: Bool) async throws {
        let ring = try await InProcessRing(strategy: "{kind: grid, every: 7}")
        try await ring.start()
        try await eventually("the search's job is a dead letter", within: .seconds(60)) {
            let leases = try await ring.queues.lease(1, from: RingQueues.explore).leases
            _ = try await ring.queues.finish(
                leases.map { .fail($0, error: "no", forward: []) }, in: RingQueues.explore)
            return try await ring.queues.counts()[RingQueues.explore]?.dead == 1
        }
        if byReconcile {
            #expect(try await Reconciler(ring.ring).run().restarted == 1)
        } else {
            try await ring.start()
        }
        try await ring.withRoles { try await ring.untilFinished() }
        #expect(try await ring.verdicts() == ring.replayed())
    }

    @Test("is put back, and does not become a dead letter, while its step cannot be taken")
    func failedStep_isPutBack() async throws {
        let ring = try await InProcessRing(strategy: "{kind: adaptive, coarse: 4}")
        try await ring.start()
        try await ring.withRoles(.init(masters: 0)) {
            try await eventually("the start point is completed") {
                try await ring.ledger.progress(of: ring.definition.table).completed == 1
            }
        }
        let code = try await ring.verdicts().keys.first
        // A row that cannot be read as a point of this exploration.
        try ring.administrator { try $0.execute("UPDATE \($1) SET code = 'nonsense'") }
        try await ring.withRoles(.init(workers: 0)) {
            // Longer than all attempts of a message.
            try await Task.sleep(for: .seconds(3))
            #expect(try await ring.queues.counts()[RingQueues.explore]?.dead == 0)
        }
        let start = try #require(code)
        try ring.administrator { administrator, table in
            let text = administrator.quoted(start)
            try administrator.execute("UPDATE \(table) SET code = \(text)")
        }
        try await ring.withRoles { try await ring.untilFinished() }
        #expect(try await ring.verdicts() == ring.replayed())
    }

    @Test("continues if its master is ended repeatedly", arguments: StrategyTests.all)
    func endedMasters_changeNothing(strategy: String) async throws {
        let ring = try await InProcessRing(strategy: strategy)
        try await ring.start()
        try await ring.withRoles(.init(masters: 0, delay: 0...2_000)) {
            var number = 0
            // A limited number of times, since the search has to end, too.
            while try await !ring.queues.counts().isFinished, number < 6 {
                number += 1
                let master = Task { [number] in try await ring.runMaster("master-\(number)") }
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...200)))
                master.cancel()
                _ = await master.result
            }
        }
        try await ring.withRoles { try await ring.untilFinished() }
        #expect(try await ring.verdicts() == ring.replayed())
    }
}

@Suite("The reachability of a point", .onDedicatedThread, .timeLimit(.minutes(15)))
struct ReachabilityTests {
    @Test("does not blame a lost job for a point that only a finer edge than the budget's tolerance would reach")
    func pointBeyondTolerance_isNotLost() async throws {
        let ring = try await InProcessRing(strategy: "{kind: frontier, coarse: 8}", reach: 20)
        var budget = ExplorationBudget()
        budget.tolerance = 4
        try await BudgetController(ring.ring).begin(budget)
        try await ring.run()
        let found = try await ring.verdicts()
        let finer = ring.replayed().keys.filter { found[$0] == nil }.sorted()
        try #require(!finer.isEmpty)
        for code in finer {
            let answer = try await Reachability(ring.ring).answer(about: ring.definition.space.point(code: code))
            if case .proposed = answer { Issue.record("\(code): \(answer)") }
        }
    }

    @Test("explains for each strategy why a point was not reached")
    func unreachedPoint_isExplained() async throws {
        func answer(_ strategy: String, _ code: String) async throws -> Reachability.Answer {
            let ring = try await InProcessRing(strategy: strategy)
            try await ring.run()
            return try await Reachability(ring.ring).answer(about: ring.definition.space.point(code: code))
        }
        let flood = try await answer("{kind: flood}", "-30,-30")
        guard case .notProposed = flood else {
            Issue.record("\(flood)")
            return
        }
        let frontier = try await answer("{kind: frontier, coarse: 4}", "1,1")
        guard case .notProposed = frontier else {
            Issue.record("\(frontier)")
            return
        }
        let resolution = try await answer("{kind: frontier, resolution: 2}", "1,1")
        guard case .offGrid = resolution else {
            Issue.record("\(resolution)")
            return
        }
        let grid = try await answer("{kind: grid, every: 7}", "1,1")
        guard case .notPlanned(let lookedAt, let count) = grid else {
            Issue.record("\(grid)")
            return
        }
        #expect(lookedAt == count)
        let adaptive = try await answer("{kind: adaptive, coarse: 4}", "-30,-30")
        guard case .notChosen(false) = adaptive else {
            Issue.record("\(adaptive)")
            return
        }
    }
}

@Suite("Requeuing the points of a lost process", .timeLimit(.minutes(10)))
struct RequeuedPointTests {
    @Test("queues a point without a job again unless it has a verdict, and leaves waiting points alone")
    func lostPoints_areQueuedAgain() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood}")
        let table = ring.definition.table
        func job(_ x: Int) throws -> (job: Job, hash: PointHash, point: Point) {
            let point = try ring.definition.space.point(code: "\(x),0")
            let hash = ring.definition.space.hash(of: point)
            return (.point(hash, code: point.code, parent: nil, priority: 7), hash, point)
        }
        let (lost, unknown, waiting) = (try job(1), try job(2), try job(3))
        let (held, done, givenUp) = (try job(4), try job(5), try job(6))
        let known = [lost, waiting, held, done, givenUp].map { entry in
            QueuedPoint(
                hash: entry.hash.bytes, code: entry.point.code, values: entry.point.values.map(\.doubleValue),
                parent: nil)
        }
        _ = try await ring.ledger.insertQueued(known, into: table)
        let run = Attempt(
            hash: done.hash.bytes, token: 1, attempt: 1, worker: "w", host: "h", model: "m", modelVersion: "1",
            startedAt: 1)
        _ = try await ring.ledger.recordCompleted(
            [CompletedRecord(attempt: run, endedAt: 2, verdict: .stable, outputs: [], message: "")], in: table)
        try await ring.ledger.recordExhausted(
            [ExhaustedRecord(hash: givenUp.hash.bytes, token: 1, message: "no")], in: table)
        _ = try await ring.queues.enqueue([held.job], to: RingQueues.main)
        _ = try await ring.queues.lease(1, from: RingQueues.main, leaseTime: .seconds(600))
        _ = try await ring.queues.enqueue([waiting.job], to: RingQueues.main)

        let points = PointRequeuer(ring.ring)
        let foreign = Job(id: "no point", payload: [])
        let jobs = [lost, unknown, waiting, held, done, givenUp].map(\.job) + [foreign]
        for _ in 0..<2 {
            #expect(try await points.requeue(jobs).subtracting([unknown.job.id]) == [lost.job.id, waiting.job.id])
            let ready = try await ring.queues.readyJobs(in: RingQueues.main)
            #expect(Set(ready.map(\.id)) == [lost.job.id, waiting.job.id])
            #expect(ready.allSatisfy { $0.priority == 7 })
            #expect(try await ring.queues.readyJobs(in: RingQueues.mainSQL).map(\.id) == [unknown.job.id])
        }
    }
}
