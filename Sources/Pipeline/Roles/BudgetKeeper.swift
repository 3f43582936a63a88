package import ExplorationFile
internal import LeaseQueue
internal import ModelRunner
internal import RunLedger
internal import Support

/// Sets what an exploration may spend, and knows when it is spent.
///
/// The number of points is a budget that the queue itself counts down, so it is exact. The rest stands in the ledger,
/// so that it holds whoever looks: every sql-client does, and drains the workers; what they are running is still
/// finished.
package struct BudgetKeeper: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// Sets a budget in place of the one before, and lets the workers run: how an exploration begins, and how it goes
    /// on.
    package func begin(_ budget: ExplorationBudget) async throws {
        let before = try await ring.ledger.budget(of: ring.definition.table)?.tolerance
        try await ring.ledger.setBudget(
            RunBudget(
                wallTime: budget.wallTime, coreTime: budget.coreHours.map { .seconds($0 * 3_600) },
                tolerance: budget.tolerance), of: ring.definition.table)
        if let before, before != budget.tolerance {
            // What was expanded so far asked for no more than an edge as blurred as that.
            let known = SearchMessage.known(verdict: .stable, after: nil, within: budget.tolerance)
            let searches = FirstJobs(definition: ring.definition).searches + [.search(known)]
            _ = try await ring.queues.enqueue(searches, to: RingQueues.explore)
        }
        try await limit(toPoints: budget.points)
        try await ring.queues.setControl(.run, for: RingQueues.main)
    }

    /// Lets so many points be run in all, those that have ended included.
    package func limit(toPoints points: Int?) async throws {
        guard let points else { return try await ring.queues.setBudget(nil, for: RingQueues.main) }
        // Not the ledger's `error`: that may be a point whose next attempt is waiting.
        let givenUp = try await ring.queues.counts()[RingQueues.main]?.dead ?? 0
        let ended = try await ring.ledger.progress(of: ring.definition.table).completed + givenUp
        try await ring.queues.setBudget(max(0, points - ended), for: RingQueues.main)
    }

    /// What is spent of the budget in the ledger, as a sentence; nil while there is something left of everything.
    package func spent() async throws -> String? {
        guard let budget = try await ring.ledger.budget(of: ring.definition.table) else { return nil }
        if budget.isTimeOver { return "the wall time is over" }
        guard let limit = budget.coreTime else { return nil }
        let spent = try await ring.ledger.coreTime(of: ring.definition.table)
        return spent < limit ? nil : "the core-hours are used up: \(Self.hours(spent)) of \(Self.hours(limit))"
    }

    private static func hours(_ time: Duration) -> String {
        let hours = time / .seconds(3_600)
        return "\((hours * 10_000).rounded() / 10_000)"
    }
}
