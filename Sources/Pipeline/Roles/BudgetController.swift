package import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import RunLedger
internal import ServiceLifecycle
internal import Support

/// Sets an exploration's budget, and checks whether it is exhausted.
///
/// The queue itself counts down the number of points, so that limit is exact. The other limits are in the ledger, where
/// every sql-client checks them and drains the workers. Runs in progress are finished.
package struct BudgetController: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// Replaces the budget and lets the workers run: an exploration starts and continues with this.
    ///
    /// - Parameter repeats: whether the same budget as before changes nothing: its wall time does not start again, and
    ///   workers that were drained or stopped stay so.
    package func begin(_ budget: ExplorationBudget, repeats: Bool = false) async throws {
        let status = try await ring.ledger.budget(of: ring.definition.table)
        let limits = RunBudget(
            wallTime: budget.wallTime, coreTime: budget.coreHours.map { .seconds($0 * 3_600) },
            tolerance: budget.tolerance, points: budget.points)
        if repeats, status?.limits == limits { return }
        let before = status?.tolerance
        try await ring.ledger.setBudget(limits, of: ring.definition.table, restartsTime: !repeats)
        if let before, before != budget.tolerance {
            // The points that were expanded so far proposed no more than the old tolerance called for.
            let known = SearchMessage.expandKnown(verdict: .stable, after: nil, within: budget.tolerance)
            try await ring.enqueue(searches: FirstJobs(definition: ring.definition).searches + [known])
        }
        if repeats, let old = status?.points, let new = budget.points,
            let left = try await ring.queues.budget(of: RingQueues.main)
        {
            // The queue has counted every point, also those whose results are still on their way to the ledger.
            try await ring.queues.setBudget(max(0, left + new - old), for: RingQueues.main)
        } else {
            try await limit(toPoints: budget.points)
        }
        try await ring.queues.setControl(.run, for: RingQueues.main)
    }

    /// Limits the number of points in total, those that have ended included; `nil` removes the limit.
    package func limit(toPoints points: Int?) async throws {
        guard let points else { return try await ring.queues.setBudget(nil, for: RingQueues.main) }
        // Do not count the ledger's state `error`: such a point may be waiting for its next attempt.
        let givenUp = try await ring.queues.counts()[RingQueues.main]?.dead ?? 0
        let ended = try await ring.ledger.progress(of: ring.definition.table).completed + givenUp
        try await ring.queues.setBudget(max(0, points - ended), for: RingQueues.main)
    }

    /// The limit in the ledger that is reached, as a sentence; `nil` while none is.
    package func exhaustedLimit() async throws -> String? {
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

/// Drains the workers of an exploration once its budget is exhausted. Any number of processes may do this.
package struct BudgetEnforcer: Service {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    package func run() async throws {
        let controller = BudgetController(ring)
        try await RoleLoop(logger: ring.logger).run {
            let start = ContinuousClock.now
            if let limit = try await controller.exhaustedLimit(),
                try await ring.queues.control(of: RingQueues.main) == .run
            {
                ring.logger.notice(
                    "budget exhausted; draining the workers",
                    metadata: ["exploration": "\(ring.definition.name)", "limit": "\(limit)"])
                try await ring.queues.setControl(.drain, for: RingQueues.main)
            }
            // However long the ledger takes for the sum, it is a small part of the time.
            let pause = max(.seconds(1), start.duration(to: .now) * 20)
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
