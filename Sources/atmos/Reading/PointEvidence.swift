internal import LeaseQueue
internal import Pipeline
internal import RunLedger
internal import Support

/// Everything that the ledger and the queues have about a point, and the explanation that follows from it. Pure.
struct PointEvidence: Sendable {
    let run: RunRow
    let isGivenUp: Bool
    /// The point's jobs, in the order in which a point passes through the queues.
    let jobs: [(queue: QueueName, state: JobState)]
    let attempts: [AttemptRow]
    /// The number of jobs before a ready one; `nil` if there are too many to count.
    var ahead: [QueueName: Int] = [:]
    var letters: [QueueName: DeadLetter] = [:]
    var control: ControlState = .run

    init(
        run: RunRow, isGivenUp: Bool, jobs: [(queue: QueueName, state: JobState)], attempts: [AttemptRow]
    ) {
        self.run = run
        self.isGivenUp = isGivenUp
        self.jobs = jobs
        self.attempts = attempts
    }

    /// The lines of the explanation.
    var explanation: [String] {
        if run.state == .completed {
            let message = run.message.flatMap { $0.isEmpty ? nil : ": \($0.terminalSafe)" } ?? ""
            let end = run.endedAt.map { " at \(UTC.readable(microseconds: $0)) UTC" } ?? ""
            return ["done: \(run.verdict?.rawValue ?? "completed")\(end)\(message)"] + jobs.flatMap(lines)
        }
        if jobs.isEmpty { return [withoutJob] + failures }
        return jobs.flatMap(lines) + failures
    }

    private var withoutJob: String {
        isGivenUp
            ? "given up: \((run.message ?? "").terminalSafe); `atmos retry` retries it"
            : "\(run.state.rawValue) in the ledger, but no queue has a job for it: the job was lost; `atmos reconcile` "
                + "repairs that"
    }

    private func lines(_ queue: QueueName, _ state: JobState) -> [String] {
        let purpose = Self.purpose[queue] ?? queue.rawValue
        switch state {
        case .ready:
            let isHeldUp = queue == RingQueues.main && control != .run
            let place =
                ahead[queue].map { "behind \($0) others" }
                ?? "behind more than \(LeaseQueues.maxPositionLookup) others"
            return ["waiting \(purpose), \(place)\(isHeldUp ? "; main is set to \(control.rawValue)" : "")"]
        case .delayed(let due):
            return ["waiting \(purpose) for its next attempt, in \(TimeSpan(max(.zero, due)))"]
        case .leased(let holder, _, let age, let left, let note):
            let time = left > .zero ? "\(TimeSpan(left)) left unless it is extended" : "the lease has expired"
            let progress = note.isEmpty ? "" : "; the model is at \(note.terminalSafe)"
            return ["leased by \(holder) \(purpose), for \(TimeSpan(max(.zero, age))) now, \(time)\(progress)"]
        case .dead:
            let letter = letters[queue]
            let count = letter.map { " after \($0.failures.count) failures" } ?? ""
            let remedy = queue == RingQueues.main ? "atmos retry" : "atmos reconcile --revive"
            return ["a dead letter of \(queue.rawValue)\(count); `\(remedy)` retries it"]
                + (letter?.failures ?? []).map { failure in
                    let error = failure.kind == .crashed ? "the lease of \(failure.consumer) expired" : failure.error
                    return "  \(UTC.readable(microseconds: failure.time * 1_000)) UTC: \(error.terminalSafe)"
                }
        }
    }

    /// The failed attempts that the ledger has.
    private var failures: [String] {
        let failed = attempts.filter { $0.state == .error || $0.state == .lost }
        // A dead letter contains the same history.
        guard !failed.isEmpty, letters.isEmpty else { return [] }
        return ["\(failed.count == 1 ? "1 attempt" : "\(failed.count) attempts") failed:"]
            + failed.suffix(10).map { attempt in
                let error =
                    attempt.state == .lost
                    ? "its worker \(attempt.worker) vanished"
                    : "\(attempt.kind ?? "error"): \(attempt.message ?? "")"
                return "  \(UTC.readable(microseconds: attempt.startedAt)) UTC: \(error.terminalSafe)"
            }
    }

    /// The purpose of a job in each queue.
    private static let purpose: [QueueName: String] = [
        RingQueues.mainSQL: "to be put in the ledger", RingQueues.main: "to be run",
        RingQueues.completeStableSQL: "for its result to be put in the ledger",
        RingQueues.completeUnstableSQL: "for its result to be put in the ledger",
        RingQueues.explore: "for its neighbours to be found",
    ]

    /// The name of a job's state.
    static func name(of state: JobState) -> String {
        switch state {
        case .ready: "ready"
        case .delayed: "delayed"
        case .leased: "leased"
        case .dead: "a dead letter"
        }
    }
}
