internal import Synchronization

/// Something that one task has at a time; the others wait for it in the order in which they asked.
final class Turn: Sendable {
    private struct State {
        var isTaken = false
        var lastNumber = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        /// Those that were cancelled before they waited.
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Returns when it is the task's turn, which lasts until ``end()``.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func begin() async throws {
        let number: Int? = state.withLock { state in
            state.lastNumber += 1
            guard state.isTaken else {
                state.isTaken = true
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

    /// Ends the turn that ``begin()`` waited for.
    func end() {
        let next: CheckedContinuation<Void, any Error>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }

    private func wait(as number: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        let answer: Result<Void, any Error>? = state.withLock { state in
            guard !state.cancelled.contains(number) else { return .failure(CancellationError()) }
            guard state.isTaken else {
                state.isTaken = true
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
