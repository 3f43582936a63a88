internal import Dispatch
package import Testing

/// Runs a test on a thread of its own, for tests that calculate for long without a pause.
///
/// The threads that all tests share are as many as the machine has cores: where each of them calculates for seconds, every
/// other test stands still meanwhile, its heartbeats and time limits too.
package struct DedicatedThread: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Thread()) { try await function() }
    }

    private final class Thread: TaskExecutor {
        private let queue = DispatchQueue(label: "a test's own")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}

extension Trait where Self == DedicatedThread {
    /// See ``DedicatedThread``.
    package static var onDedicatedThread: Self { Self() }
}
