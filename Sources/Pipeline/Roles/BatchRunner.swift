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
        /// It was withdrawn before its first run, so that another worker can have its points.
        case withdrawn
        /// The machine does not allow a run.
        case unable(MachineFault)

        /// Whether the worker leases more at once.
        var allowsMore: Bool {
            switch self {
            case .ran, .lost: true
            case .stopped, .interrupted, .withdrawn, .unable: false
            }
        }
    }

    struct Result: Sendable {
        /// The outcomes of the points that were run.
        let outcomes: [Outcome]
        /// The leases of the points that were not run to their end.
        let unfinished: [Lease]
        /// The attempt at one of those points that had started.
        let abandoned: Attempt?
        let end: End
        /// The duration of the runs in total, without the time for which another batch had the model.
        let elapsed: Duration
    }

    /// - Parameters:
    ///   - progress: that of this batch, by which it may be withdrawn.
    ///   - modelLock: held while the model runs, if several batches are in progress.
    func run(
        _ leases: [Lease], progress: BatchProgress, keeper: LeaseKeeper, modelLock: AsyncMutex
    ) async -> Result {
        let start = ContinuousClock.now
        let end = await run(leases, progress, keeper, modelLock)
        progress.end()
        let outcomes = progress.outcomes
        let unfinished = Array(leases[outcomes.count...])
        let latest = progress.attempt
        return Result(
            outcomes: outcomes, unfinished: unfinished,
            abandoned: unfinished.contains { $0.token.rawValue == latest?.token } ? latest : nil, end: end,
            elapsed: start.duration(to: .now) - progress.waited)
    }

    private func run(
        _ leases: [Lease], _ progress: BatchProgress, _ keeper: LeaseKeeper, _ modelLock: AsyncMutex
    ) async -> End {
        do {
            try await keeper.hold(leases) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await progress.waitForWithdrawal() }
                    group.addTask {
                        // The reporter ends without an error when it is cancelled, so it never decides how the batch ended.
                        async let _ = reporter.reportStarts(in: progress)
                        try await runAll(leases, progress, modelLock)
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
            return .ran
        } catch is BatchProgress.Withdrawn {
            return .withdrawn
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

extension BatchRunner.Result {
    /// The outcomes of all of the batch's jobs: the points that were not run to their end are given back, and the ledger
    /// learns that the run of one of them does not continue.
    var allOutcomes: [Outcome] {
        outcomes
            + unfinished.map { lease in
                guard let abandoned, abandoned.token == lease.token.rawValue else { return .release(lease) }
                let message = RingMessage.released(ReleasedRecord(attempt: abandoned, endedAt: UTC.microsecondsNow))
                // The id differs from that of the message about the start, which may still be in the queue.
                let job = Job(id: "\(abandoned.jobID)#released", payload: message.payload())
                return .release(lease, forward: [Forward(queue: RingQueues.runningSQL, job: job)])
            }
    }
}

/// The progress of a batch.
final class BatchProgress: Sendable {
    /// The batch was withdrawn.
    struct Withdrawn: Error {}

    private struct State {
        var latest: Attempt?
        var isWithdrawn = false
        var isEnded = false
        var outcomes: [Outcome] = []
        var waited = Duration.zero
    }

    private let state = Mutex(State())
    private let withdrawal = AsyncPromise<Void>()

    /// Records that a run starts.
    /// - Parameter waited: for how long another batch had the model.
    /// - Throws: ``Withdrawn`` if the batch was withdrawn before.
    func runStarted(_ attempt: Attempt, waited: Duration) throws(Withdrawn) {
        let isWithdrawn = state.withLock {
            if !$0.isWithdrawn {
                $0.latest = attempt
                $0.waited += waited
            }
            return $0.isWithdrawn
        }
        if isWithdrawn { throw Withdrawn() }
    }

    /// Whether no run has started, although the batch has not ended.
    var isWaiting: Bool { state.withLock { $0.latest == nil && !$0.isWithdrawn && !$0.isEnded } }

    /// Records that the batch has ended.
    func end() { state.withLock { $0.isEnded = true } }

    /// Ends the batch, unless one of its runs has started.
    func withdraw() {
        let isWithdrawn = state.withLock {
            $0.isWithdrawn = $0.latest == nil
            return $0.isWithdrawn
        }
        if isWithdrawn { withdrawal.resolve(.success(())) }
    }

    /// Throws ``Withdrawn`` once the batch is withdrawn, `CancellationError` if the task is cancelled.
    func waitForWithdrawal() async throws {
        try await withdrawal.valueUnlessCancelled()
        throw Withdrawn()
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
