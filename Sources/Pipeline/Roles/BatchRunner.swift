internal import CoreMetrics
internal import LeaseQueue
internal import Logging
internal import RunLedger
internal import Support
internal import Synchronization

/// Runs the points of a batch one after the other, while all of its leases are kept.
struct BatchRunner: Sendable {
    let attempts: AttemptRunner
    let reporter: RunStartReporter
    package let logger: Logger

    /// The reason why a batch ended.
    enum End: Sendable {
        /// Its points were run, or its time is over.
        case ran
        /// A lease was lost; the run in progress was stopped.
        case lost
        /// The operator stopped the exploration; the run in progress was stopped.
        case stopped
        /// The process is shutting down; the run in progress was stopped.
        case interrupted
        /// The machine does not allow a run.
        case unable(MachineFault)

        /// Whether the worker leases more at once.
        var allowsMore: Bool {
            switch self {
            case .ran, .lost: true
            case .stopped, .interrupted, .unable: false
            }
        }
    }

    struct Result: Sendable {
        /// The outcomes of the points that were run.
        let outcomes: [Outcome]
        /// The leases of the points that were not run to their end.
        let unfinished: [Lease]
        let end: End
        /// The duration of the runs in total, without the time for which another batch had the model.
        let elapsed: Duration
    }

    /// - Parameter modelLock: held while the model runs, if several batches are in progress.
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
                    group.addTask { await reporter.reportStarts(in: progress) }
                    defer { group.cancelAll() }
                    try await runAll(leases, progress, modelLock)
                }
            }
            return .ran
        } catch let error as LeaseQueueError {
            logger.warning(
                "run stopped", metadata: ["point": "\(progress.attempt?.code ?? "")", "error": "\(error)"])
            guard error.code != .stopped else { return .stopped }
            RingMetrics.lostLeases.increment()
            return .lost
        } catch let fault as MachineFault {
            return .unable(fault)
        } catch {
            return .interrupted
        }
    }

    /// Ends early if the batch takes too long. Throws if the task was cancelled before the last run ended, or if the machine
    /// does not allow a run.
    private func runAll(
        _ leases: [Lease], _ progress: BatchProgress, _ modelLock: AsyncMutex
    ) async throws {
        let deadline = ContinuousClock.now + LeaseBatchSizer.limit
        for (index, lease) in leases.enumerated() where index == 0 || .now < deadline + progress.waited {
            progress.runEnded(try await attempts.run(lease, progress, modelLock))
        }
    }
}

/// The progress of a batch.
final class BatchProgress: Sendable {
    private struct State {
        var latest: Attempt?
        var outcomes: [Outcome] = []
        var waited = Duration.zero
    }

    private let state = Mutex(State())

    /// Records that a run starts.
    /// - Parameter waited: for how long another batch had the model.
    func runStarted(_ attempt: Attempt, waited: Duration) {
        state.withLock {
            $0.latest = attempt
            $0.waited += waited
        }
    }

    /// Records that a run has ended.
    func runEnded(_ outcome: Outcome) {
        state.withLock { $0.outcomes.append(outcome) }
    }

    /// The attempt that started last.
    var attempt: Attempt? { state.withLock { $0.latest } }

    /// The outcomes of the points that were run to their end, in the order of the batch.
    var outcomes: [Outcome] { state.withLock { $0.outcomes } }

    /// The time in total that the batch's runs waited for the model.
    var waited: Duration { state.withLock { $0.waited } }
}

/// Reports to the ledger that a run has started, if it lasts long enough to be of interest. The ledger learns of a
/// shorter one when it has ended.
struct RunStartReporter: Sendable {
    let queues: LeaseQueues
    package let logger: Logger

    /// A run that lasts longer than twice this is reported, a run that is shorter than this is not.
    private static let interval = Duration.seconds(1)

    /// Reports the attempts that last, until the task is cancelled.
    func reportStarts(in progress: BatchProgress) async {
        var seen: UInt64?
        var reported: UInt64?
        while (try? await Task.sleep(for: Self.interval)) != nil {
            guard let attempt = progress.attempt, attempt.token != reported else { continue }
            if attempt.token == seen, await report(attempt) { reported = attempt.token }
            seen = attempt.token
        }
    }

    /// The result does not depend on this message, so a failure is only logged.
    ///
    /// - Returns: whether the queue has accepted the message.
    private func report(_ attempt: Attempt) async -> Bool {
        let message = RingMessage.running(RunningMessage(attempt: attempt))
        do {
            _ = try await queues.enqueue(
                [Job(id: attempt.jobID, payload: message.payload())], to: RingQueues.runningSQL)
            return true
        } catch {
            logger.warning(
                "start of a run not reported", metadata: ["point": "\(attempt.code)", "error": "\(error)"])
            return false
        }
    }
}
