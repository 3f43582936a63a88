internal import LeaseQueue
internal import Pipeline
internal import RunLedger
internal import Support

/// What ledger and queues say about a point, and what follows from it. Pure.
struct PointEvidence: Sendable {
    let run: RunRow
    let isGivenUp: Bool
    /// The point's jobs, in the order in which a point passes through the queues.
    let jobs: [(queue: QueueName, state: JobState)]
    let attempts: [AttemptRow]
    /// How many jobs are ahead of a ready one; nil where they are too many to count.
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

    /// The answer, a line each.
    var explanation: [String] {
        if run.state == .completed {
            let message = run.message.flatMap { $0.isEmpty ? nil : ": \(PlainText.oneLine($0))" } ?? ""
            let end = run.endedAt.map { " at \(ShownTime.text(microseconds: $0)) UTC" } ?? ""
            return ["done: \(run.verdict?.rawValue ?? "completed")\(end)\(message)"] + jobs.flatMap(line)
        }
        if jobs.isEmpty { return [withoutJob] + failures }
        return jobs.flatMap(line) + failures
    }

    private var withoutJob: String {
        isGivenUp
            ? "given up: \(PlainText.oneLine(run.message ?? "")); `atmos retry` tries it again"
            : "\(run.state.rawValue) in the ledger, but no queue has a job for it: it was lost; `atmos reconcile` "
                + "repairs that"
    }

    private func line(_ queue: QueueName, _ state: JobState) -> [String] {
        let what = Self.purpose[queue] ?? queue.rawValue
        switch state {
        case .ready:
            let isHeldUp = queue == RingQueues.main && control != .run
            let place =
                ahead[queue].map { "behind \($0) others" }
                ?? "behind more than \(LeaseQueues.maxPositionLookup) others"
            return ["waiting \(what), \(place)\(isHeldUp ? "; the workers are told to \(control.rawValue)" : "")"]
        case .delayed(let due):
            return ["waiting \(what) for its next attempt, in \(ShownTime.text(due))"]
        case .leased(let holder, _, let age, let left, let note):
            let time = left > .zero ? "\(ShownTime.text(left)) left unless it is extended" : "the lease has run out"
            let progress = note.isEmpty ? "" : "; the model is at \(PlainText.oneLine(note))"
            return ["leased by \(holder) \(what), for \(ShownTime.text(age)) now, \(time)\(progress)"]
        case .dead:
            let letter = letters[queue]
            let count = letter.map { " after \($0.failures.count) failures" } ?? ""
            return ["a dead letter of \(queue.rawValue)\(count); `atmos retry` tries it again"]
                + (letter?.failures ?? []).map { failure in
                    let kind = failure.kind == .crashed ? "the lease of \(failure.consumer) ran out" : failure.error
                    return "  \(ShownTime.text(microseconds: failure.time * 1_000)) UTC: \(PlainText.oneLine(kind))"
                }
        }
    }

    /// What the ledger remembers of attempts that failed.
    private var failures: [String] {
        let failed = attempts.filter { $0.state == .error || $0.state == .lost }
        // A dead letter brings its own history.
        guard !failed.isEmpty, letters.isEmpty else { return [] }
        return ["\(failed.count == 1 ? "1 attempt" : "\(failed.count) attempts") failed:"]
            + failed.suffix(10).map { attempt in
                let what =
                    attempt.state == .lost
                    ? "its worker \(attempt.worker) vanished"
                    : "\(attempt.kind ?? "error"): \(attempt.message ?? "")"
                return "  \(ShownTime.text(microseconds: attempt.startedAt)) UTC: \(PlainText.oneLine(what))"
            }
    }

    /// What a job in a queue is there for.
    private static let purpose: [QueueName: String] = [
        RingQueues.mainSQL: "to be put in the ledger", RingQueues.main: "to be run",
        RingQueues.completeStableSQL: "for its result to be put in the ledger",
        RingQueues.completeUnstableSQL: "for its result to be put in the ledger",
        RingQueues.explore: "for its neighbours to be found",
    ]

    /// The state of a job in a word.
    static func standing(_ state: JobState) -> String {
        switch state {
        case .ready: "ready"
        case .delayed: "delayed"
        case .leased: "leased"
        case .dead: "a dead letter"
        }
    }
}
