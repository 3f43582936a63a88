internal import Dispatch

/// Work on files, off the threads that tasks share.
enum FileWork {
    /// Runs `work` on a thread of its own and gives what it gives.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "atmos.model.files").async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
