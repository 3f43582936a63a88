internal import Support
internal import Synchronization

/// The health of a role: its liveness, its readiness and its metrics.
package struct Health: Sendable {
    /// A condition for readiness. It fails if it throws or takes too long.
    package struct Check: Sendable {
        let name: String
        let check: BoundedCheck

        /// - Parameters:
        ///   - name: the name of the required server for users, such as `Redis`.
        ///   - run: throws the reason if the condition is not met.
        package init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
            self.name = name
            check = BoundedCheck(run)
        }
    }

    /// A report: whether everything is healthy, and one line for each part.
    struct Report: Sendable {
        let isHealthy: Bool
        let lines: [String]
    }

    /// The signs of progress. If one of them has not beaten within its limit, the role should be restarted.
    package let heartbeats: [Heartbeat]
    /// The servers that the role needs. Without one of them it waits, and a restart does not help.
    package let checks: [Check]
    private let refreshCheck: BoundedCheck

    /// - Parameter refresh: updates gauges before they are read; its errors are ignored.
    package init(
        heartbeats: [Heartbeat], checks: [Check], refresh: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.heartbeats = heartbeats
        self.checks = checks
        refreshCheck = BoundedCheck(refresh)
    }

    /// The time limit of a check and of updating the gauges: shorter than the time-outs of probes and scrapers.
    static let checkTimeout = Duration.seconds(2)

    func liveness() -> Report {
        var isHealthy = true
        let lines = heartbeats.map { heartbeat in
            let age = heartbeat.age
            let isLate = age > heartbeat.limit
            if isLate { isHealthy = false }
            return "\(heartbeat.name): \(isLate ? "stale" : "ok"), last \(TimeSpan(age)) ago "
                + "(limit \(TimeSpan(heartbeat.limit)))"
        }
        return Report(isHealthy: isHealthy, lines: lines)
    }

    func readiness() async -> Report {
        let failures = await withTaskGroup(of: (Int, String?).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await check.check.failure(within: Self.checkTimeout)) }
            }
            var failures = [String?](repeating: nil, count: checks.count)
            for await (index, failure) in group { failures[index] = failure }
            return failures
        }
        return Report(
            isHealthy: failures.allSatisfy { $0 == nil },
            lines: zip(checks, failures).map { "\($0.name): \($1 ?? "ok")" })
    }

    /// Updates the gauges.
    func refresh() async {
        _ = await refreshCheck.failure(within: Self.checkTimeout)
    }
}

/// Something that a role must do repeatedly, such as an iteration of its loop or the extension of its leases.
package final class Heartbeat: Sendable {
    /// The name for users.
    package let name: String
    /// The maximum time between two beats of a healthy role.
    package let limit: Duration
    private let lastBeat = Mutex(ContinuousClock.now)

    /// Creates a heartbeat whose first beat is now.
    package init(_ name: String, limit: Duration) {
        self.name = name
        self.limit = limit
    }

    /// Records a success.
    package func beat() {
        lastBeat.withLock { $0 = .now }
    }

    /// The time since the last beat.
    package var age: Duration { lastBeat.withLock { $0.duration(to: .now) } }
}

/// Coalesces concurrent runs of a check and bounds how long each caller waits.
///
/// A check may hang and ignore cancellation, for example in a C library that waits for a silent server. Callers get an
/// answer in time anyway, and further calls do not start further hanging runs.
final class BoundedCheck: Sendable {
    private enum Outcome: Sendable {
        case passed
        case failed(String)
    }

    private struct Run: Sendable {
        let outcome: AsyncPromise<Outcome>
        /// Owned by the check.
        let task: Task<Void, Never>
    }

    private let body: @Sendable () async throws -> Void
    private let current = Mutex<Run?>(nil)

    /// - Parameter body: throws the reason if the check fails.
    init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    /// Joins the current run or starts one, and returns the reason if it fails or takes longer than `limit`; `nil` if
    /// it passes.
    func failure(within limit: Duration) async -> String? {
        let run = current.withLock { current in
            if let current { return current }
            let outcome = AsyncPromise<Outcome>()
            let run = Run(outcome: outcome, task: Task { await self.run(outcome) })
            current = run
            return run
        }
        let outcome = await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { try? await run.outcome.valueUnlessCancelled() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        switch outcome {
        case .passed: return nil
        case .failed(let reason): return reason
        case nil:
            // If the check reacts to cancellation, the next caller starts a new run.
            run.task.cancel()
            return "no answer within \(TimeSpan(limit))"
        }
    }

    private func run(_ outcome: AsyncPromise<Outcome>) async {
        let result: Outcome
        do {
            try await body()
            result = .passed
        } catch {
            result = .failed(error is CancellationError ? "no answer in time" : "\(error)")
        }
        current.withLock { $0 = nil }
        outcome.resolve(.success(result))
    }
}
