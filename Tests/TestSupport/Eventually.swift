internal import Dispatch
package import Logging
package import Testing

/// Waits until a value meets a condition, and returns it. If that does not happen in time, records an issue at the
/// caller that shows the last value, and throws to end the test.
///
/// - Parameters:
///   - what: names the condition in the issue.
///   - limit: long enough for a machine under heavy load; the wait ends as soon as the condition is met.
///   - value: reads the value. An error that it throws ends the wait.
///   - isMet: whether the value meets the condition.
@discardableResult
package func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), _ value: () async throws -> Value,
    until isMet: (Value) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Value {
    let end = ContinuousClock.now.advanced(by: limit)
    var pause = Duration.milliseconds(2)
    while true {
        let last = try await value()
        if isMet(last) { return last }
        guard ContinuousClock.now < end else {
            let failure = ConditionNotMet(description: "\(what): not within \(limit); the last value was \(last)")
            Issue.record(failure, sourceLocation: sourceLocation)
            throw failure
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(100))
    }
}

/// Waits until a condition holds. If that does not happen in time, records an issue at the caller, and throws.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit, condition, until: { $0 }, sourceLocation: sourceLocation)
}

/// The error for a condition that was not met in time.
package struct ConditionNotMet: Error, CustomStringConvertible {
    package let description: String
}

extension Logger {
    /// A logger that drops all messages, for tests that do not check the log.
    package static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Runs a test on a dedicated thread, for tests that compute for long without suspending.
///
/// All other tests share as many threads as the machine has cores. If these are busy for seconds, the heartbeats and
/// time limits of every other test are late.
package struct DedicatedThread: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Thread()) { try await function() }
    }

    private final class Thread: TaskExecutor {
        private let queue = DispatchQueue(label: "atmos.test.dedicated")

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
