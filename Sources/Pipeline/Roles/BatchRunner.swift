internal import CoreMetrics
internal import LeaseQueue
internal import Logging
internal import Support

/// Runs the points of a batch one after the other, while all of its leases are kept.
struct BatchRunner: Sendable {
    let attempts: AttemptRunner
    let announcer: Announcer
    package let logger: Logger

    /// Why a batch ended.
    enum End: Sendable {
        /// Its points were run, or the time for it is over.
        case ran
        /// A lease is somebody else's now; what was running was ended.
        case lost
        /// The operator wants the runs ended, and they were.
        case stopped
        /// The process is to end; what was running was ended.
        case interrupted
    }

    struct Result: Sendable {
        /// What becomes of the jobs of the points that were run.
        let outcomes: [Outcome]
        /// The leases of the points that were not run to an end.
        let unfinished: [Lease]
        let end: End
        /// How long the runs took together, apart from the time for which another batch had the model.
        let elapsed: Duration
    }

    /// - Parameter turn: whose turn it is with the model, where several batches are worked on at once.
    func run(_ leases: [Lease], keeper: LeaseKeeper, modelLock: AsyncMutex) async -> Result {
        let start = ContinuousClock.now
        let progress = BatchProgress()
        let end = await run(leases, progress, keeper, modelLock)
        let outcomes = progress.outcomes
        return Result(
            outcomes: outcomes, unfinished: Array(leases[outcomes.count...]), end: end,
            elapsed: start.duration(to: .now) - progress.waited)
    }

    private func run(
        _ leases: [Lease], _ progress: BatchProgress, _ keeper: LeaseKeeper, _ modelLock: AsyncMutex
    ) async -> End {
        do {
            try await keeper.hold(leases) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await announcer.announce(in: progress) }
                    defer { group.cancelAll() }
                    try await runAll(leases, progress, modelLock)
                }
            }
            return .ran
        } catch let error as LeaseQueueError {
            logger.warning(
                "the work on a point was ended",
                metadata: ["point": "\(progress.attempt?.code ?? "")", "error": "\(error)"])
            guard error.code != .stopped else { return .stopped }
            RingMetrics.lostLeases.increment()
            return .lost
        } catch {
            return .interrupted
        }
    }

    /// Ends early when the batch takes too long; throws when the task was cancelled before the last run's end.
    private func runAll(
        _ leases: [Lease], _ progress: BatchProgress, _ modelLock: AsyncMutex
    ) async throws(CancellationError) {
        let deadline = ContinuousClock.now + BatchPace.limit
        for (index, lease) in leases.enumerated() where index == 0 || .now < deadline + progress.waited {
            guard let outcome = await attempts.run(lease, progress, modelLock) else { throw CancellationError() }
            progress.end(outcome)
        }
    }
}
