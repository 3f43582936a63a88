import LeaseQueue
import ParameterSpace
import RunLedger
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("A budget", .timeLimit(.minutes(15)))
struct BudgetTests {
    private func keeper(_ ring: InProcessRing) -> BudgetController {
        BudgetController(ring.ring)
    }

    private func budget(_ change: (inout ExplorationBudget) -> Void) -> ExplorationBudget {
        var budget = ExplorationBudget()
        change(&budget)
        return budget
    }

    /// Continues within a budget until the workers are drained and all results are in the ledger.
    private func spend(
        _ budget: ExplorationBudget, _ ring: InProcessRing, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await keeper(ring).begin(budget)
        try await ring.start()
        try await ring.withRoles(.init(delay: 1_000...2_000)) {
            try await eventually("the budget is used up", within: .seconds(300), sourceLocation: sourceLocation) {
                let counts = try await ring.queues.counts()
                let control = try await ring.queues.control(of: RingQueues.main)
                if counts.isFinished || counts.isQuiet && control != .run { return true }
                guard counts.isQuiet else { return false }
                return try await ring.queues.budget(of: RingQueues.main) == 0
            }
        }
    }

    @Test("of core-hours, of wall time and of points drains the workers; a new one continues to the same end")
    func usedUpBudget_drainsWorkers() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood, neighbours: diagonals}", reach: 15)
        let whole = ring.replayed()

        try await spend(budget { $0.wallTime = .zero }, ring)
        #expect(try await keeper(ring).exhaustedLimit() == "the wall time is over")
        let none = try await ring.verdicts()
        #expect(none.count < whole.count)

        try await spend(budget { $0.coreHours = 0.1 / 3_600 }, ring)
        #expect(try await keeper(ring).exhaustedLimit()?.contains("core-hours are used up") == true)
        #expect(try await ring.ledger.coreTime(of: ring.definition.table) >= .milliseconds(100))
        let some = try await ring.ledger.progress(of: ring.definition.table).completed
        #expect(some > 0)
        #expect(some < whole.count)

        try await spend(budget { $0.points = some + 20 }, ring)
        #expect(try await ring.ledger.progress(of: ring.definition.table).completed == some + 20)

        try await spend(ExplorationBudget(), ring)
        #expect(try await keeper(ring).exhaustedLimit() == nil)
        #expect(try await ring.verdicts() == whole)
    }

    @Test(
        "of a tolerance ends with an edge of that resolution; a smaller tolerance makes it sharper",
        arguments: ["coarse", "fill"])
    func tolerance_limitsEdgeResolution(interior: String) async throws {
        let ring = try await InProcessRing(
            strategy: "{kind: frontier, coarse: 8, spacing: 4, interior: \(interior)}", reach: 20)
        guard case .frontier(let frontier) = ring.definition.strategy else { return #expect(Bool(false)) }
        let whole = ring.replayed()
        var before = 0
        for tolerance in [4, 2, 1] {
            try await spend(budget { $0.tolerance = tolerance }, ring)
            let found = try await ring.verdicts()
            #expect(found == ring.replayed(.frontier(frontier.resolved(within: tolerance))))
            #expect(found.count > before)
            before = found.count
        }
        #expect(before <= whole.count)
        try await spend(ExplorationBudget(), ring)
        #expect(try await ring.verdicts() == whole)
    }

    @Test("that is set again by a starter neither starts its wall time again nor lifts a drain; a greater one does")
    func repeatedBudget_changesNothing() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood}")
        let table = ring.definition.table
        let first = budget { ($0.wallTime, $0.points) = (.zero, 9) }
        for _ in 0..<2 {
            try await keeper(ring).begin(first, repeats: true)
            #expect(try await ring.ledger.budget(of: table)?.isTimeOver == true)
            #expect(try await ring.ledger.budget(of: table)?.points == 9)
            try await ring.queues.setControl(.drain, for: RingQueues.main)
        }
        try await keeper(ring).begin(first, repeats: true)
        #expect(try await ring.queues.control(of: RingQueues.main) == .drain)
        // Two points have ended, and their results have not reached the ledger.
        try await ring.queues.setBudget(7, for: RingQueues.main)
        try await keeper(ring).begin(budget { ($0.wallTime, $0.points) = (.zero, 12) }, repeats: true)
        #expect(try await ring.queues.control(of: RingQueues.main) == .run)
        #expect(try await ring.queues.budget(of: RingQueues.main) == 10)
        #expect(try await ring.ledger.budget(of: table)?.isTimeOver == true)
        try await keeper(ring).begin(budget { ($0.wallTime, $0.points) = (.seconds(60), 12) }, repeats: true)
        #expect(try await ring.ledger.budget(of: table)?.isTimeOver == false)
    }

    @Test("is read from the file, and rejected if it is invalid")
    func budgetOfFile_isReadAndChecked() async throws {
        let ring = try await InProcessRing(
            strategy: "{kind: frontier}",
            more: "budget: {points: 9, wall_time: 90m, core_hours: 0.5, tolerance: 4}")
        let expected = budget {
            $0.points = 9
            $0.wallTime = .seconds(5_400)
            $0.coreHours = 0.5
            $0.tolerance = 4
        }
        #expect(ring.definition.budget == expected)
        await #expect(throws: DefinitionError.self) {
            _ = try await InProcessRing(strategy: "{kind: flood}", more: "budget: {wall_time: soon, core_hours: 0}")
        }
        for (strategy, tolerance, message) in [
            ("{kind: flood}", "1", "only the strategy frontier"),
            ("{kind: frontier}", "16", "the strategy's largest step, 8"),
            ("{kind: frontier}", "3", "must be a power of two"),
        ] {
            let error = await #expect(throws: DefinitionError.self) {
                _ = try await InProcessRing(strategy: strategy, more: "budget: {tolerance: \(tolerance)}")
            }
            #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
        }
    }
}
