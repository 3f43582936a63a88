internal import LeaseQueue
internal import Synchronization

/// How far the work on a batch has come.
final class BatchProgress: Sendable {
    private let state = Mutex<(latest: AttemptMessage?, outcomes: [Outcome])>((nil, []))

    /// A run begins.
    func begin(_ attempt: AttemptMessage) {
        state.withLock { $0.latest = attempt }
    }

    /// A run has come to its end.
    func end(_ outcome: Outcome) {
        state.withLock { $0.outcomes.append(outcome) }
    }

    /// The attempt that was begun last.
    var attempt: AttemptMessage? { state.withLock { $0.latest } }

    /// What becomes of the jobs of the points that were run to their end, in the order of the batch.
    var outcomes: [Outcome] { state.withLock { $0.outcomes } }
}
