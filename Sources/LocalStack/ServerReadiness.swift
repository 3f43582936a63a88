internal import Synchronization

/// Whether a private server answers, for anybody who waits for it.
final class ServerReadiness: Sendable {
    private enum Phase {
        case starting
        case ready
        case ended(any Error)
    }

    private struct State {
        var phase = Phase.starting
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]

        mutating func enter(_ phase: Phase) -> [CheckedContinuation<Void, any Error>] {
            self.phase = phase
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let state = Mutex(State())

    /// A new life begins; who comes now waits for it.
    func starting() {
        state.withLock { $0.phase = .starting }
    }

    func ready() {
        for waiter in state.withLock({ $0.enter(.ready) }) { waiter.resume() }
    }

    func ended(_ error: any Error) {
        for waiter in state.withLock({ $0.enter(.ended(error)) }) { waiter.resume(throwing: error) }
    }

    /// Returns once the server answers.
    ///
    /// - Throws: why the server ended, where it did; `CancellationError` when the waiting task is cancelled.
    func wait() async throws {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    switch state.phase {
                    case .ready: return .success(())
                    case .ended(let error): return .failure(error)
                    case .starting:
                        state.waiters[number] = continuation
                        return nil
                    }
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }
}
