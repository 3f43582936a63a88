internal import Dispatch

/// Runs blocking work, such as reading files or waiting for a socket, on a thread outside the cooperative pool.
///
/// Work given to one executor runs one piece after the other.
package struct BlockingExecutor: Sendable {
    /// A serial queue: unlike the shared concurrent ones it gets a dedicated thread, beyond those that tasks share.
    private let queue: DispatchQueue

    /// - Parameter label: names the queue in a debugger, such as `atmos.artifacts`.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Runs `work` and returns its result.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    /// Runs `work`, which does not throw, and returns its result.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }
}
