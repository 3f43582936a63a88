internal import LeaseQueue

/// Runs the points of a batch one after the other, with heartbeats for all of its leases.
struct BatchRunner: Sendable {
    let attempts: AttemptRunner
    let heartbeat: Heartbeat
    let announcer: Announcer

    /// Why a batch ended.
    enum End: Sendable {
        /// Its points were run, or the time for it is over.
        case ran
        /// A lease is somebody else's now; what was running was ended.
        case lost
        /// The operator wants the runs ended, and they were.
        case stopped
        /// The process is to end; what was running was ended.
        case interrupted
    }

    struct Result: Sendable {
        /// What becomes of the jobs of the points that were run.
        var outcomes: [Outcome] = []
        /// The leases of the points that were not run to an end.
        var unfinished: [Lease] = []
        var end = End.ran
        /// How long the runs took together.
        var elapsed = Duration.zero
    }

    private enum Event: Sendable {
        case runs([Outcome])
        case heartbeat(Heartbeat.End)
        case announcer
    }

    func run(_ leases: [Lease]) async -> Result {
        let start = ContinuousClock.now
        let current = CurrentAttempt()
        return await withTaskGroup(of: Event.self) { group in
            group.addTask { .runs(await outcomes(of: leases, current)) }
            group.addTask {
                await announcer.announce(current)
                return .announcer
            }
            group.addTask { .heartbeat(await heartbeat.beat(for: leases)) }
            var result = Result()
            while let event = await group.next() {
                switch event {
                case .runs(let outcomes): result.outcomes = outcomes
                case .heartbeat(.lost): result.end = .lost
                case .heartbeat(.stopped): result.end = .stopped
                case .heartbeat(.ended), .announcer: break
                }
                group.cancelAll()
            }
            result.unfinished = Array(leases[result.outcomes.count...])
            if result.end == .ran, Task.isCancelled, !result.unfinished.isEmpty { result.end = .interrupted }
            result.elapsed = start.duration(to: .now)
            return result
        }
    }

    /// Ends early when the task is cancelled, and when the batch takes too long.
    private func outcomes(of leases: [Lease], _ current: CurrentAttempt) async -> [Outcome] {
        let deadline = ContinuousClock.now + BatchPace.limit
        var outcomes: [Outcome] = []
        for lease in leases {
            guard outcomes.isEmpty || .now < deadline,
                let outcome = await attempts.run(lease, begins: current.begin)
            else { break }
            outcomes.append(outcome)
        }
        return outcomes
    }
}
