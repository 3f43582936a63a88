internal import LeaseQueue
internal import Synchronization

/// How far the work on a batch has come.
final class BatchProgress: Sendable {
    private struct State {
        var latest: AttemptMessage?
        var outcomes: [Outcome] = []
        var waited = Duration.zero
    }

    private let state = Mutex(State())

    /// A run begins.
    /// - Parameter waited: for how long another batch had the model.
    func begin(_ attempt: AttemptMessage, waited: Duration) {
        state.withLock {
            $0.latest = attempt
            $0.waited += waited
        }
    }

    /// A run has come to its end.
    func end(_ outcome: Outcome) {
        state.withLock { $0.outcomes.append(outcome) }
    }

    /// The attempt that was begun last.
    var attempt: AttemptMessage? { state.withLock { $0.latest } }

    /// What becomes of the jobs of the points that were run to their end, in the order of the batch.
    var outcomes: [Outcome] { state.withLock { $0.outcomes } }

    /// For how long the batch's runs had to wait for another batch's in all.
    var waited: Duration { state.withLock { $0.waited } }
}
