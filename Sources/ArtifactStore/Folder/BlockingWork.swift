internal import Dispatch

/// Runs blocking file work on a thread of its own, so that it never holds up the tasks of this process.
struct BlockingWork: Sendable {
    /// A serial queue: those, unlike concurrent ones, get threads beyond the number that tasks share.
    private let queue: DispatchQueue

    /// Names the thread. Pieces of work run one after the other.
    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Runs `work` and gives what it gives.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
