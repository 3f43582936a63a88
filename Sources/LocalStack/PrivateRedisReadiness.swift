internal import Synchronization

/// Whether a private server answers, for anybody who waits for it.
final class PrivateRedisReadiness: Sendable {
    private enum Phase {
        case starting
        case ready
        case ended(PrivateRedisError)
    }

    private struct State {
        var phase = Phase.starting
        var processIdentifier: Int32?
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]

        mutating func takeWaiters() -> [CheckedContinuation<Void, any Error>] {
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let state = Mutex(State())

    var processIdentifier: Int32? { state.withLock { $0.processIdentifier } }

    func starting() {
        state.withLock { $0.phase = .starting }
    }

    func started(processIdentifier: Int32) {
        state.withLock { $0.processIdentifier = processIdentifier }
    }

    func ready() {
        let waiters = state.withLock { state in
            state.phase = .ready
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    func ended(_ error: PrivateRedisError) {
        let waiters = state.withLock { state in
            state.phase = .ended(error)
            state.processIdentifier = nil
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume(throwing: error) }
    }

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
