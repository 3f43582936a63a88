internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger

/// Lets the workers run within the limit, watches the ring, and tells when it has come to an end.
struct ExplorationCourse: Sendable {
    let ring: Ring
    let budget: ExplorationBudget

    private var keeper: BudgetController { BudgetController(ring) }

    /// How it came to an end, and what was done until then.
    struct Result: Sendable {
        let end: End
        /// Points that were run this time.
        let runs: Int
        /// From the moment that workers were let go.
        let duration: Duration
    }

    enum End: Sendable {
        /// Nothing is left to run.
        case finished
        /// As many points have been run as the limit allows.
        case limitReached
        /// Something else of the budget is spent, as the sentence says.
        case budgetSpent(String)
        /// Somebody told the workers to leave.
        case stoppedByOperator(ControlState)
    }

    func run() async throws -> Result {
        while try await !ring.queues.counts().isQuiet { try await Task.sleep(for: .milliseconds(20)) }
        try await keeper.begin(budget)

        let start = ContinuousClock.now
        let before = try await ring.ledger.progress(of: ring.definition.table).finished
        let display = ProgressDisplay(title: ring.definition.title, limit: budget.points)
        var pace = Pace()
        var nextCount = start
        while true {
            let counts = try await ring.queues.counts()
            let reading = ContinuousClock.now
            let ending = try await end(counts)
            if ending != nil || reading >= nextCount {
                let progress = try await ring.ledger.progress(of: ring.definition.table)
                await display.show(progress, counts, pace.rate(of: progress.finished))
                if let end = ending {
                    await display.finish()
                    return Result(end: end, runs: progress.finished - before, duration: start.duration(to: reading))
                }
                // However long the ledger takes to count, counting takes a small part of the time.
                nextCount = reading + max(.milliseconds(100), reading.duration(to: .now) * 50)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Makes good what Redis has lost meanwhile: then the ring is empty, and the ledger still has points to run.
    ///
    /// - Returns: whether there was anything, so that the exploration goes on.
    private func repairedLosses(_ counts: [QueueName: QueueCounts]) async throws -> Bool {
        let progress = try await ring.ledger.progress(of: ring.definition.table)
        let givenUp = counts[RingQueues.main]?.dead ?? 0
        guard progress.queued + progress.running > 0 || progress.error > givenUp else { return false }
        // Redis has lost the budget too.
        try await keeper.limit(toPoints: budget.points)
        let report = try await Reconciler(ring).run()
        guard !report.isClean else { return false }
        ring.logger.warning("the queues had lost jobs, and were repaired", metadata: ["repair": "\(report.sentence())"])
        return true
    }

    private func end(_ counts: [QueueName: QueueCounts]) async throws -> End? {
        if counts.isFinished { return try await repairedLosses(counts) ? nil : .finished }
        guard counts.isQuiet else { return nil }
        if try await ring.queues.budget(of: RingQueues.main) == 0 { return .limitReached }
        let control = try await ring.queues.control(of: RingQueues.main)
        guard control == .drain || control == .stop else { return nil }
        if control == .drain, let reason = try await keeper.exhaustedLimit() { return .budgetSpent(reason) }
        return .stoppedByOperator(control)
    }
}

extension LedgerProgress {
    /// Points that will not be run again: with a verdict, or given up.
    var finished: Int { completed + error }
}

/// Points per second over the last seconds.
private struct Pace {
    private var readings: [(time: ContinuousClock.Instant, finished: Int)] = []

    /// - Returns: nil as long as there is nothing to compare with.
    mutating func rate(of finished: Int) -> Double? {
        let now = ContinuousClock.now
        readings.append((now, finished))
        readings.removeAll { $0.time.duration(to: now) > .seconds(10) }
        guard let first = readings.first, first.time < now else { return nil }
        let seconds = first.time.duration(to: now) / .seconds(1)
        return seconds > 0.5 ? Double(finished - first.finished) / seconds : nil
    }
}
