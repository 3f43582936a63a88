internal import Synchronization

/// A first-in-first-out mutex for tasks: a waiting task is suspended and holds no thread.
package final class AsyncMutex: Sendable {
    private struct State {
        var isLocked = false
        var lastNumber = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        /// Tasks that were cancelled before they waited.
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Creates an unlocked mutex.
    package init() {}

    /// Runs `body` while holding the lock.
    ///
    /// - Throws: `CancellationError` if the task is cancelled while it waits for the lock; the errors of `body`.
    package func withLock<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await lock()
        defer { unlock() }
        return try await body()
    }

    private func lock() async throws {
        let number: Int? = state.withLock { state in
            state.lastNumber += 1
            guard state.isLocked else {
                state.isLocked = true
                return nil
            }
            return state.lastNumber
        }
        guard let number else { return }
        defer { _ = state.withLock { $0.cancelled.remove(number) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait(as: number, $0) }
        } onCancel: {
            cancel(number)
        }
    }

    private func unlock() {
        let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isLocked = false
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }

    private func wait(as number: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        let answer: Result<Void, any Error>? = state.withLock { state in
            guard !state.cancelled.contains(number) else { return .failure(CancellationError()) }
            guard state.isLocked else {
                state.isLocked = true
                return .success(())
            }
            state.waiting.append((number, continuation))
            return nil
        }
        if let answer { continuation.resume(with: answer) }
    }

    private func cancel(_ number: Int) {
        let waiting: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
                state.cancelled.insert(number)
                return nil
            }
            return state.waiting.remove(at: index).continuation
        }
        waiting?.resume(throwing: CancellationError())
    }
}
