package import ArtifactStore
package import ExplorationFile
internal import FoundationEssentials
package import Health
package import LeaseQueue
package import Logging
package import ModelRunner
internal import ParameterSpace
internal import ServiceLifecycle
package import Support
internal import Synchronization
package import SystemPackage

/// Leases points from `main`, runs the model on each, and reports the results, for one or several explorations.
package final class Worker: Service {
    /// The settings of a worker that do not come from the exploration.
    package struct Settings: Sendable {
        /// Leave once the ring has been empty for this long.
        package var idleLimit: Duration = .seconds(30)
        /// Leave after this number of points; `nil` for no limit.
        package var maximumJobs: Int?
        /// The hash of the one point to run; `nil` for any point that is ready. ``runOnly(_:)`` sets it.
        package internal(set) var point: String?
        /// The folder for run directories.
        package var runFolder: FilePath
        /// Keep the run directories of failed attempts for the user to look at.
        package var keepsFailedRuns = false
        /// The time after the beginning of a shutdown in which files of a finished run are stored, and results are reported.
        package var grace: Duration = .seconds(8)
        /// The waits after faults of the machine. The worker leaves after ``maximumMachineFaults`` in a row.
        package var machineFaultBackoff = Backoff(base: .seconds(1), cap: .seconds(60), jitter: .none)
        static let maximumMachineFaults = 6

        package init(runFolder: FilePath) {
            self.runFolder = runFolder
        }

        /// Restricts the worker to one point. It leaves when the point is done, or is not ready.
        ///
        /// - Parameter point: the point's hash.
        /// - Throws: ``SettingError`` if it is not a hash.
        package mutating func runOnly(_ point: String) throws(SettingError) {
            guard let hash = PointHash(point) else {
                throw SettingError(
                    description: "invalid hash '\(point.prefix(80))' in --point (or \(EnvironmentNames.point)): "
                        + "expected 64 hexadecimal digits")
            }
            self.point = hash.description
            maximumJobs = 1
        }
    }

    /// The reason why a worker left.
    package enum End: Sendable, Equatable, CustomStringConvertible {
        /// Nothing was ready, delayed or leased anywhere in the ring for the idle limit.
        case idle
        /// It has run the number of points that it was to run.
        case maximumJobs
        /// Its one point is done, or another worker has it.
        case pointNotReady
        /// The queue (or each of several) is drained or stopped, or its budget is used up.
        case control(ControlState)
        /// The process is shutting down.
        case terminated

        package var description: String {
            switch self {
            case .idle: "idle"
            case .maximumJobs: "max-jobs"
            case .pointNotReady: "point not ready"
            case .control(let control): control.rawValue
            case .terminated: "terminated"
            }
        }
    }

    private let sources: [WorkSource]
    private let settings: Settings
    private let loop: RoleLoop
    private let heartbeat: Heartbeat?
    private let ended = Mutex<End>(.terminated)

    /// - Parameters:
    ///   - sources: the explorations whose points it runs. Each gets a share of the time in proportion to its weight.
    ///   - heartbeat: beats while the worker makes progress, with its queues or with the leases that it holds.
    package init(sources: [WorkSource], settings: Settings, logger: Logger, heartbeat: Heartbeat? = nil) {
        self.heartbeat = heartbeat
        self.sources = sources
        self.settings = settings
        loop = RoleLoop(logger: logger, heartbeat: heartbeat)
    }

    /// The reason why the worker left, once ``run()`` has returned.
    package var end: End {
        ended.withLock { $0 }
    }

    package func run() async throws {
        do {
            let heartbeat = heartbeat
            let end = try await withLeaseKeepers(sources.map(\.queues), onHeartbeat: { heartbeat?.beat() }) { keepers in
                try await cancelWhenGracefulShutdown { try await self.work(keepers) }
            }
            ended.withLock { $0 = end }
        } catch is CancellationError {
            ended.withLock { $0 = .terminated }
        } catch  where Fault(of: error) == .machine {
            // Not the error's own status: that of a wrong configuration would end the workers of other machines, too.
            throw error as? MachineFault ?? MachineFault(host: ProcessInfo.processInfo.hostName, reason: "\(error)")
        }
    }
}

/// An exploration that a worker runs points of, with everything that this takes.
package struct WorkSource: Sendable {
    let queues: LeaseQueues
    let runner: BatchRunner
    /// The exploration's share of the worker, in proportion to the others'.
    let weight: Int
    /// Whether runs have files to fetch or to store, which is possible while another run has the model.
    let movesFiles: Bool

    package init(
        definition: ExplorationDefinition, model: any Model, artifacts: (any ArtifactStore)?, queues: LeaseQueues,
        name: ConsumerName, settings: Worker.Settings, artifactStatus: OutageStatus? = nil, logger: Logger
    ) {
        self.queues = queues
        weight = definition.weight
        movesFiles = artifacts != nil && model.usesFiles
        runner = BatchRunner(
            attempts: AttemptRunner(
                definition: definition, model: model, artifacts: artifacts, queues: queues,
                origin: AttemptOrigin(name: name, model: model, definition: definition), settings: settings,
                transfers: RoleLoop(logger: logger, status: artifactStatus), logger: logger),
            reporter: RunStartReporter(queues: queues, logger: logger), logger: logger)
    }
}

// MARK: - The loop over batches

extension Worker {
    /// Leased points of one source.
    private typealias Batch = (source: Int, leases: [Lease])

    /// An event that the worker waits for while it has work.
    private enum Event: Sendable {
        case batchEnded(source: Int, BatchRunner.Result)
        /// It is time to try again to prefetch a batch.
        case prefetchDue
        /// It is time to see whether another worker could run the prefetched batch.
        case withdrawalDue
    }

    /// The state of the loop.
    private struct LoopState {
        var scheduler: ExplorationScheduler
        var inFlight: InFlightCounter
        var prefetch = PrefetchBackoff()
        /// Since when the ring has been empty.
        var emptySince: ContinuousClock.Instant?
        /// A batch that is leased and not started.
        var next: Batch?
        /// The two batches that were started last.
        var started: [(source: Int, progress: BatchProgress)] = []
        var isWithdrawalTimerSet = false

        /// The batch that waits for the model while the other one has it. Which one that is depends on whose files were
        /// there first.
        var waiting: (source: Int, progress: BatchProgress)? {
            guard inFlight.batches == 2, started.contains(where: { !$0.progress.isWaiting }) else { return nil }
            return started.first { $0.progress.isWaiting }
        }
        /// Faults of the machine since the last run.
        var machineFaults: Support.Backoff.Counter
    }

    private func work(_ keepers: [LeaseKeeper]) async throws -> End {
        let end = await withTaskGroup(of: Event.self) { group in
            let end = await Result { try await runLoop(&group, keepers) }
            group.cancelAll()
            // Give back the points in progress, for any reason that ended the loop.
            while let event = await group.next() {
                guard case .batchEnded(let source, let batch) = event else { continue }
                _ = try? await report(batch, to: source, leaseNext: 0)
            }
            return end
        }
        return try end.get()
    }

    /// Leases batches and runs them: one at a time, or two if runs have files to move. One model runs at a time; the
    /// files of the other batch are fetched or stored during that time.
    private func runLoop(_ group: inout TaskGroup<Event>, _ keepers: [LeaseKeeper]) async throws -> End {
        let modelLock = AsyncMutex()
        let prefetches = sources.contains(where: \.movesFiles)
        var state = LoopState(
            scheduler: ExplorationScheduler(weights: sources.map(\.weight)),
            inFlight: InFlightCounter(maxJobs: settings.maximumJobs),
            machineFaults: .init(settings.machineFaultBackoff))
        if let end = try await leasePoint(&state) { return end }
        while true {
            if state.inFlight.batches == 0 {
                if let end = try await leaseOrWait(&state) { return end }
                if state.next == nil { continue }
            } else if state.next == nil, state.inFlight.batches == 1, state.prefetch.isDue,
                state.inFlight.remaining > 0
            {
                state.next = try await nextBatch(&state, isPrefetch: true)
                state.prefetch.record(gotBatch: state.next != nil)
            }
            if let (source, leases) = state.next {
                state.emptySince = nil
                state.next = nil
                state.inFlight.batchStarted(leases.count)
                let progress = BatchProgress()
                state.started = state.started.suffix(1) + [(source, progress)]
                group.addTask { [sources] in
                    let runner = sources[source].runner
                    return .batchEnded(
                        source: source,
                        await runner.run(leases, progress: progress, keeper: keepers[source], modelLock: modelLock))
                }
                if prefetches, state.inFlight.batches == 1 { continue }
            }
            if state.inFlight.batches == 2, !state.isWithdrawalTimerSet {
                state.isWithdrawalTimerSet = true
                group.addTask {
                    try? await Task.sleep(for: Self.withdrawalPause)
                    return .withdrawalDue
                }
            }
            if prefetches, state.inFlight.batches == 1, let pause = state.prefetch.startWaiting() {
                group.addTask {
                    try? await Task.sleep(for: pause)
                    return .prefetchDue
                }
            }
            let ended: (source: Int, batch: BatchRunner.Result)
            switch await group.next() {
            case .batchEnded(let source, let batch)?: ended = (source, batch)
            case .withdrawalDue?:
                state.isWithdrawalTimerSet = false
                try await withdrawIfOthersCould(state.waiting)
                continue
            case .prefetchDue?, nil:
                state.prefetch.becomeDue()
                continue
            }
            let (source, batch) = ended
            state.inFlight.batchEnded(batch)
            state.next = try await reportAndLease(batch, of: source, &state)
            if !batch.outcomes.isEmpty { state.machineFaults.reset() }
            if case .unable(let fault) = batch.end {
                try await wait(after: fault, &state)
                if let end = try await leasePoint(&state) { return end }
            }
            if state.inFlight.batches == 0, state.next == nil, state.inFlight.remaining == 0 { return .maximumJobs }
        }
    }

    /// The time between two looks at whether another worker could run the prefetched batch.
    private static let withdrawalPause = Duration.seconds(1)

    /// Gives the batch that waits for the model back if no other point is ready: a worker that is idle, or the one that is idle next, runs
    /// its points sooner than this one, whose model is busy.
    private func withdrawIfOthersCould(_ waiting: (source: Int, progress: BatchProgress)?) async throws {
        guard let waiting else { return }
        let queues = sources[waiting.source].queues
        let counts = try await loop.retryingThroughOutages { try await queues.counts()[RingQueues.main] }
        if counts?.ready == 0 { waiting.progress.withdraw() }
    }

    /// Waits after a fault of the machine, while other workers run the point.
    ///
    /// - Throws: the fault, if it lasts.
    private func wait(after fault: MachineFault, _ state: inout LoopState) async throws {
        let pause = state.machineFaults.next()
        guard state.machineFaults.failures < Settings.maximumMachineFaults else { throw fault }
        loop.logger.warning(
            "machine unable to run points; waiting",
            metadata: ["error": "\(fault)", "seconds": "\(pause / .seconds(1))"])
        try await Task.sleep(for: pause)
        heartbeat?.beat()
    }

    /// Leases the point of a worker that is for one point only.
    ///
    /// - Returns: the reason to leave, if there is one.
    private func leasePoint(_ state: inout LoopState) async throws -> End? {
        guard let point = settings.point else { return nil }
        let reply = try await lease(point)
        guard !reply.leases.isEmpty else { return reply.control == .run ? .pointNotReady : .control(reply.control) }
        state.next = (0, reply.leases)
        return nil
    }

    /// Leases a batch while none is in progress. If there is none to lease, waits for up to a second.
    ///
    /// - Returns: the reason to leave, if there is one. Otherwise the batch is in `state.next`, if one was leased.
    private func leaseOrWait(_ state: inout LoopState) async throws -> End? {
        if state.next == nil { state.next = try await nextBatch(&state) }
        if let control = state.scheduler.finalControl {
            if let batch = state.next { try await giveBack(batch.leases, to: batch.source) }
            return .control(control)
        }
        guard state.next == nil else { return nil }
        if try await areFinished(state.scheduler.open) {
            let since = state.emptySince ?? .now
            if since.duration(to: .now) >= settings.idleLimit { return .idle }
            state.emptySince = since
        } else {
            state.emptySince = nil
        }
        state.next = try await waitForBatch(&state)
        return nil
    }

    /// Reports a batch. The same call leases the next one, if no other batch is in progress and it is the same
    /// exploration's turn.
    ///
    /// - Throws: `CancellationError` if the worker is to end.
    private func reportAndLease(
        _ batch: BatchRunner.Result, of source: Int, _ state: inout LoopState
    ) async throws -> Batch? {
        state.scheduler.charge(source, runs: batch.outcomes.count, elapsed: batch.elapsed)
        let leasesMore =
            state.inFlight.batches == 0 && batch.end.allowsMore && state.scheduler.isNext(source)
        let count = leasesMore ? min(state.scheduler.batchSize(source), state.inFlight.remaining) : 0
        let reply = try await report(batch, to: source, leaseNext: count)
        if leasesMore { state.scheduler.record(reply, from: source) }
        if case .interrupted = batch.end { throw CancellationError() }
        if case .stopped = batch.end { state.scheduler.close(source, .stop) }
        return try await runnable(reply, from: source, state.scheduler)
    }
}

// MARK: - Leasing and reporting

extension Worker {
    /// Asks the explorations for points, in the order of their turns.
    ///
    /// - Parameter isPrefetch: whether to take only points that no idle worker would run sooner. That is the case while
    ///   more points are ready than leased.
    private func nextBatch(_ state: inout LoopState, isPrefetch: Bool = false) async throws -> Batch? {
        for source in state.scheduler.candidates {
            let queues = sources[source].queues
            if isPrefetch {
                let counts = try await loop.retryingThroughOutages { try await queues.counts()[RingQueues.main] }
                guard let counts, counts.ready > counts.leased else { continue }
            }
            let count = min(state.scheduler.batchSize(source), state.inFlight.remaining)
            let reply = try await loop.retryingThroughOutages { try await queues.lease(count, from: RingQueues.main) }
            state.scheduler.record(reply, from: source)
            if let batch = try await runnable(reply, from: source, state.scheduler) { return batch }
        }
        return nil
    }

    /// Waits for points for up to a second.
    private func waitForBatch(_ state: inout LoopState) async throws -> Batch? {
        let open = state.scheduler.open
        if open.count == 1, let source = open.first {
            let count = min(state.scheduler.batchSize(source), state.inFlight.remaining)
            let reply = try await loop.retryingThroughOutages {
                try await sources[source].queues.lease(count, from: RingQueues.main, wait: .seconds(1))
            }
            state.scheduler.record(reply, from: source)
            return try await runnable(reply, from: source, state.scheduler)
        }
        try await loop.retryingThroughOutages {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for source in open {
                    let queues = sources[source].queues
                    group.addTask { _ = try await queues.waitForWork(in: [RingQueues.main], upTo: .seconds(1)) }
                }
                // The first wake-up is enough. A needless one costs a second at most.
                try await group.next()
                group.cancelAll()
            }
        }
        state.scheduler.wakeAll()
        return nil
    }

    /// The points of a reply that may be run: none if the operator drains or stops the exploration.
    private func runnable(
        _ reply: LeaseReply, from source: Int, _ scheduler: ExplorationScheduler
    ) async throws -> Batch? {
        guard !reply.leases.isEmpty else { return nil }
        guard scheduler.open.contains(source) else {
            try await giveBack(reply.leases, to: source)
            return nil
        }
        return (source, reply.leases)
    }

    private func areFinished(_ open: [Int]) async throws -> Bool {
        for source in open {
            let queues = sources[source].queues
            guard try await loop.retryingThroughOutages({ try await queues.counts() }).isFinished else { return false }
        }
        return true
    }

    /// Leases the one point that the worker is for; waits while the queue is paused.
    private func lease(_ point: String) async throws -> LeaseReply {
        while true {
            let reply = try await loop.retryingThroughOutages {
                try await sources[0].queues.lease(id: point, from: RingQueues.main)
            }
            guard reply.control == .pause else { return reply }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Reports the runs of a batch, gives back the points that were not run, and leases the next ones in the same call.
    private func report(_ batch: BatchRunner.Result, to source: Int, leaseNext count: Int) async throws -> LeaseReply {
        let outcomes = batch.allOutcomes
        let queues = sources[source].queues
        // A result may have cost hours, so it is reported after any outage. If another worker has the point by then,
        // the fencing token tells, and nothing is recorded twice.
        let reply = try await loop.finishing(within: settings.grace) {
            try await queues.finish(outcomes, in: RingQueues.main, leaseNext: count)
        }.next
        guard Task.isCancelled else { return reply }
        try await giveBack(reply.leases, to: source)
        throw CancellationError()
    }

    /// Gives leases back at once, so that other workers need not wait until they expire. No attempt is counted.
    ///
    /// This needs a separate task, because it also happens while the worker's task is cancelled.
    private func giveBack(_ leases: [Lease], to source: Int) async throws {
        guard !leases.isEmpty else { return }
        let queues = sources[source].queues
        _ = try await Task { try await queues.finish(leases.map { .release($0) }, in: RingQueues.main) }.value
    }
}
