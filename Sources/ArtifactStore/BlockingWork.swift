internal import Dispatch

/// Runs blocking file work on threads of its own, so that it never holds up the tasks of this process.
struct BlockingWork: Sendable {
    private let queue: DispatchQueue

    /// Names the threads. Pieces of work run at the same time as each other.
    init(label: String) {
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    /// Runs `work` and gives what it gives.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
