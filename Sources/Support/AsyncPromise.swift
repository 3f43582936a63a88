internal import Synchronization

/// A result that arrives once, from any thread, and that any number of tasks may wait for.
package final class AsyncPromise<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var lastNumber = 0
        var waiting: [Int: CheckedContinuation<Value, any Error>] = [:]
    }

    private let state = Mutex(State())

    /// Creates a promise without a result.
    package init() {}

    /// Sets the result and resumes all waiting tasks. Only the first result counts.
    ///
    /// - Returns: whether this was the first result.
    @discardableResult
    package func resolve(_ result: Result<Value, any Error>) -> Bool {
        let waiting: [CheckedContinuation<Value, any Error>]? = state.withLock { state in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting ?? [] { continuation.resume(with: result) }
        return waiting != nil
    }

    /// The result; `nil` before it has arrived.
    package var current: Result<Value, any Error>? { state.withLock { $0.result } }

    /// Waits for the result, even if the task is cancelled.
    package var value: Value {
        get async throws {
            try await withCheckedThrowingContinuation { _ = wait($0) }
        }
    }

    /// Waits for the result until the task is cancelled.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first; the error that the promise was resolved with.
    package func valueUnlessCancelled() async throws -> Value {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A task that is cancelled before it waits has run its handler already, or does so now.
                if wait(continuation, as: number), Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    /// - Returns: whether the continuation waits; it has been resumed otherwise.
    private func wait(_ continuation: CheckedContinuation<Value, any Error>, as number: Int? = nil) -> Bool {
        let result = state.withLock { state -> Result<Value, any Error>? in
            guard state.result == nil else { return state.result }
            if let number {
                state.waiting[number] = continuation
            } else {
                state.lastNumber += 1
                state.waiting[state.lastNumber] = continuation
            }
            return nil
        }
        if let result { continuation.resume(with: result) }
        return result == nil
    }

    private func cancel(_ number: Int) {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }
}
