import LeaseQueue
import ParameterSpace
import RunLedger
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("A search whose job or master is lost", .onDedicatedThread)
struct SearchLossTests {
    @Test(
        "is found by reconcile, goes on, and ends with the same points; then ledger and queues agree",
        arguments: StrategyTests.all)
    func wiped(strategy: String) async throws {
        let ring = try await RingInProcess(strategy: strategy)
        try await ring.start()
        try await ring.withRoles(.init(delay: 0...3_000)) {
            while try await ring.ledger.progress(of: ring.definition.table).completed < 20 {
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        try await ring.queues.clear()
        func reconcile(_ isDryRun: Bool) async throws -> ReconcileReport {
            try await Reconciler(ring.ring).run(isDryRun: isDryRun)
        }
        let listed = try await reconcile(true)
        let done = try await reconcile(false)
        #expect(done.requeued == listed.requeued && done.restarted == listed.restarted)
        // A point that follows from finished points of two pages is listed with both, and proposed once.
        #expect(done.proposed <= listed.proposed && (done.proposed > 0) == (listed.proposed > 0))
        #expect(try await reconcile(true).isClean)
        try await ring.withRoles { try await ring.untilFinished() }
        #expect(try await ring.verdicts() == ring.replayed())
        #expect(try await reconcile(true).isClean)
    }

    @Test("goes on when its master is ended in the middle of it, again and again", arguments: StrategyTests.all)
    func mastersEnded(strategy: String) async throws {
        let ring = try await RingInProcess(strategy: strategy)
        try await ring.start()
        try await ring.withRoles(.init(masters: 0, delay: 0...2_000)) {
            var number = 0
            // Not for ever: a search has to come to its end, too.
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

    @Test("does not call a job lost for a point that only a finer edge than the budget's tolerance would reach")
    func reachWithinTolerance() async throws {
        let ring = try await RingInProcess(strategy: "{kind: frontier, coarse: 8}", reach: 20)
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

    @Test("says of a point why it was not reached")
    func reach() async throws {
        func answer(_ strategy: String, _ code: String) async throws -> Reachability.Answer {
            let ring = try await RingInProcess(strategy: strategy)
            try await ring.run()
            return try await Reachability(ring.ring).answer(about: ring.definition.space.point(code: code))
        }
        guard case .notProposed = try await answer("{kind: flood}", "-30,-30") else { return #expect(Bool(false)) }
        guard case .notProposed = try await answer("{kind: frontier, coarse: 4}", "1,1") else {
            return #expect(Bool(false))
        }
        guard case .offGrid = try await answer("{kind: frontier, resolution: 2}", "1,1") else {
            return #expect(Bool(false))
        }
        guard case .notPlanned(let lookedAt, let count) = try await answer("{kind: grid, every: 7}", "1,1"),
            lookedAt == count
        else { return #expect(Bool(false)) }
        guard case .notChosen(false) = try await answer("{kind: adaptive, coarse: 4}", "-30,-30") else {
            return #expect(Bool(false))
        }
    }
}
