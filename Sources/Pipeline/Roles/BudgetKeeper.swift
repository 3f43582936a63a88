package import ExplorationFile
package import LeaseQueue
internal import ModelRunner
package import RunLedger
internal import Support

/// Sets what an exploration may spend, and knows when it is spent.
///
/// The number of points is a budget that the queue itself counts down, so it is exact. The rest stands in the ledger,
/// so that it holds whoever looks: every sql-client does, and drains the workers; what they are running is still
/// finished.
package struct BudgetKeeper: Sendable {
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let ledger: RunLedger

    package init(definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger) {
        self.definition = definition
        self.queues = queues
        self.ledger = ledger
    }

    /// Sets a budget in place of the one before, and lets the workers run: how an exploration begins, and how it goes
    /// on.
    package func begin(_ budget: ExplorationBudget) async throws {
        let before = try await ledger.budget(of: definition.table)?.tolerance
        try await ledger.setBudget(
            RunBudget(
                wallTime: budget.wallTime, coreTime: budget.coreHours.map { .seconds($0 * 3_600) },
                tolerance: budget.tolerance), of: definition.table)
        if let before, before != budget.tolerance {
            // What was expanded so far asked for no more than an edge as blurred as that.
            let known = SearchMessage.known(verdict: .stable, after: nil, within: budget.tolerance)
            let searches = FirstJobs(definition: definition).searches + [.search(known)]
            _ = try await queues.enqueue(searches, to: RingQueues.explore)
        }
        try await limit(toPoints: budget.points)
        try await queues.setControl(.run, for: RingQueues.main)
    }

    /// Lets so many points be run in all, those that have ended included.
    package func limit(toPoints points: Int?) async throws {
        guard let points else { return try await queues.setBudget(nil, for: RingQueues.main) }
        // Not the ledger's `error`: that may be a point whose next attempt is waiting.
        let givenUp = try await queues.counts()[RingQueues.main]?.dead ?? 0
        let ended = try await ledger.progress(of: definition.table).completed + givenUp
        try await queues.setBudget(max(0, points - ended), for: RingQueues.main)
    }

    /// What is spent of the budget in the ledger, as a sentence; nil while there is something left of everything.
    package func spent() async throws -> String? {
        guard let budget = try await ledger.budget(of: definition.table) else { return nil }
        if budget.isTimeOver { return "the wall time is over" }
        guard let limit = budget.coreTime else { return nil }
        let spent = try await ledger.coreTime(of: definition.table)
        return spent < limit ? nil : "the core-hours are used up: \(Self.hours(spent)) of \(Self.hours(limit))"
    }

    private static func hours(_ time: Duration) -> String {
        let hours = time / .seconds(3_600)
        return "\((hours * 10_000).rounded() / 10_000)"
    }
}
