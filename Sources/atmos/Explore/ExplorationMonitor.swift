internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support

/// Releases the workers within the budget, watches the ring, and returns when the exploration has ended.
struct ExplorationMonitor: Sendable {
    let ring: Ring
    let budget: ExplorationBudget

    private var keeper: BudgetController { BudgetController(ring) }

    /// The outcome of an exploration.
    struct Result: Sendable {
        let end: End
        /// The number of points run by this command.
        let runs: Int
        /// The time since the workers were released.
        let duration: Duration
    }

    /// The reason why an exploration ended.
    enum End: Sendable {
        /// No work is left.
        case finished
        /// The queues are empty, and a repair found nothing to do, but the ledger has this number of points to run.
        case pointsLeft(Int)
        /// The maximum number of points has been run.
        case limitReached
        /// Another part of the budget is used up; the text says which.
        case budgetSpent(String)
        /// The operator drained or stopped the workers.
        case stoppedByOperator(ControlState)

        var leavesPoints: Bool {
            if case .pointsLeft = self { true } else { false }
        }
    }

    func run() async throws -> Result {
        while try await !ring.queues.counts().isQuiet { try await Task.sleep(for: .milliseconds(20)) }
        try await keeper.begin(budget)

        let start = ContinuousClock.now
        let before = try await ring.ledger.progress(of: ring.definition.table).finished
        let display = ProgressDisplay(title: ring.definition.title, limit: budget.points)
        var rate = RunRate()
        var nextCount = start
        while true {
            let counts = try await ring.queues.counts()
            let reading = ContinuousClock.now
            let ending = try await end(counts)
            if ending != nil || reading >= nextCount {
                let progress = try await ring.ledger.progress(of: ring.definition.table)
                await display.show(progress, counts, rate.update(finished: progress.finished))
                if let end = ending {
                    await display.finish()
                    return Result(end: end, runs: progress.finished - before, duration: start.duration(to: reading))
                }
                // Counting takes a small part of the time, even if the ledger is slow to count.
                nextCount = reading + max(.milliseconds(100), reading.duration(to: .now) * 50)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The end of a ring without jobs: `nil` if the ledger still had points to run, as it does after Redis has lost its
    /// data, and the repair found them.
    private func endOfEmptyRing() async throws -> End? {
        guard try await ring.ledger.openPoints(of: ring.definition.table) > 0 else { return .finished }
        // Redis has lost the budget, too.
        try await keeper.limit(toPoints: budget.points)
        let report = try await Reconciler(ring).run()
        if report.queuesWork {
            ring.logger.warning("lost jobs restored to the queues", metadata: ["repair": "\(report.sentence())"])
            return nil
        }
        let open = try await ring.ledger.openPoints(of: ring.definition.table)
        return open > 0 ? .pointsLeft(open) : .finished
    }

    private func end(_ counts: [QueueName: QueueCounts]) async throws -> End? {
        if counts.isFinished { return try await endOfEmptyRing() }
        guard counts.isQuiet else { return nil }
        if try await ring.queues.budget(of: RingQueues.main) == 0 { return .limitReached }
        let control = try await ring.queues.control(of: RingQueues.main)
        guard control == .drain || control == .stop else { return nil }
        if control == .drain, let reason = try await keeper.exhaustedLimit() { return .budgetSpent(reason) }
        return .stoppedByOperator(control)
    }
}

extension LedgerProgress {
    /// The number of points that will not be run again: completed or given up.
    var finished: Int { completed + error }
}

/// Measures finished points per second over the last ten seconds.
private struct RunRate {
    private var readings: [(time: ContinuousClock.Instant, finished: Int)] = []

    /// Adds a reading and returns the rate; `nil` until there are readings to compare.
    mutating func update(finished: Int) -> Double? {
        let now = ContinuousClock.now
        readings.append((now, finished))
        readings.removeAll { $0.time.duration(to: now) > .seconds(10) }
        guard let first = readings.first, first.time < now else { return nil }
        let seconds = first.time.duration(to: now) / .seconds(1)
        return seconds > 0.5 ? Double(finished - first.finished) / seconds : nil
    }
}

/// Shows an exploration's progress on standard error.
private actor ProgressDisplay {
    private let limit: Int?
    private var line = StatusLine()

    init(title: String, limit: Int?) {
        self.limit = limit
        StandardError.write("\(title)\n")
    }

    func show(_ progress: LedgerProgress, _ counts: [QueueName: QueueCounts], _ rate: Double?) {
        line.show { text(progress, counts, rate, withBar: $0) }
    }

    /// Clears the line.
    func finish() {
        line.finish()
    }

    private func text(
        _ progress: LedgerProgress, _ counts: [QueueName: QueueCounts], _ rate: Double?, withBar: Bool
    ) -> String {
        let target = min(limit ?? .max, progress.total)
        var parts: [String] = []
        if withBar { parts.append(StatusLine.bar(progress.finished, of: target)) }
        parts.append("\(progress.finished) of \(limit.map { "\($0)" } ?? "\(progress.total) known") points")
        parts.append(
            "\(progress.stable) stable, \(progress.unstable) unstable, \(progress.error) errors, "
                + "\(progress.running) running, \(progress.queued) queued")
        if let rate {
            parts.append("\(Self.rounded(rate))/s")
            if rate > 0, target > progress.finished {
                let seconds = (Double(target - progress.finished) / rate).rounded(.up)
                // Without a limit, every stable point may add new ones.
                parts.append("\(limit == nil ? "at least " : "")\(TimeSpan.text(seconds: seconds)) left")
            }
        }
        return parts.joined(separator: "  ")
    }

    private static func rounded(_ rate: Double) -> String {
        rate >= 10 ? "\(Int(rate.rounded()))" : "\((rate * 10).rounded() / 10)"
    }
}
