package import ArtifactStore
package import Health
package import LeaseQueue
package import Logging
package import ModelRunner
internal import ServiceLifecycle
internal import Synchronization
package import SystemPackage

/// Leases points from `main`, runs the model on each, and reports.
package final class Worker: Service {
    /// What a worker does besides what the exploration says.
    package struct Settings: Sendable {
        /// Leave once the ring has been found empty for this long.
        package var idleLimit: Duration = .seconds(30)
        /// Leave after so many points; nil for no limit.
        package var maximumJobs: Int?
        /// Where run directories are made.
        package var runFolder: FilePath
        /// Keep the run directories of failed attempts for a person to look at.
        package var keepsFailedRuns = false

        package init(runFolder: FilePath) {
            self.runFolder = runFolder
        }
    }

    /// Why a worker left.
    package enum End: Sendable, Equatable {
        /// For the idle limit nothing was ready, delayed or leased anywhere in the ring.
        case idle
        /// It has run as many points as it was to.
        case maximumJobs
        /// The queue is drained or stopped, or its budget is used up.
        case control(ControlState)
        /// It was told to shut down.
        case terminated
    }

    private let queues: LeaseQueues
    private let settings: Settings
    private let batches: BatchRunner
    private let loop: RoleLoop
    private let pulse: Pulse?
    private let ended = Mutex<End>(.terminated)

    /// - Parameter pulse: beats while the worker gets on, with its queue or with the leases it holds.
    package init(
        definition: ExplorationDefinition, model: any Model, artifacts: (any ArtifactStore)?, queues: LeaseQueues,
        name: ConsumerName, settings: Settings, logger: Logger, pulse: Pulse? = nil
    ) {
        self.pulse = pulse
        self.queues = queues
        self.settings = settings
        loop = RoleLoop(logger: logger, pulse: pulse)
        batches = BatchRunner(
            attempts: AttemptRunner(
                definition: definition, model: model, artifacts: artifacts, queues: queues,
                origin: AttemptOrigin(name: name, model: model, definition: definition), settings: settings,
                logger: logger),
            announcer: Announcer(queues: queues, logger: logger), logger: logger)
    }

    /// Why the worker left, once ``run()`` has returned.
    package var end: End {
        ended.withLock { $0 }
    }

    package func run() async throws {
        do {
            let end = try await LeaseKeeper.keeping(queues, onBeat: { [pulse] in pulse?.beat() }) { keeper in
                try await cancelWhenGracefulShutdown { try await self.work(keeper) }
            }
            ended.withLock { $0 = end }
        } catch is CancellationError {
            ended.withLock { $0 = .terminated }
        }
    }

    private func work(_ keeper: LeaseKeeper) async throws -> End {
        var pace = BatchPace()
        var points = 0
        var emptySince: ContinuousClock.Instant?
        /// How many points to lease next.
        func wanted() -> Int { min(pace.size, settings.maximumJobs.map { max(0, $0 - points) } ?? .max) }

        var reply = try await loop.insist { try await queues.lease(wanted(), from: RingQueues.main) }
        while true {
            if reply.control == .drain || reply.control == .stop {
                try await giveBack(reply.leases)
                return .control(reply.control)
            }
            if !reply.leases.isEmpty {
                emptySince = nil
                let batch = await batches.run(reply.leases, keeper: keeper)
                // A point that was taken from it counts too: it may have cost as much as any.
                points += batch.outcomes.count + (batch.end == .lost ? 1 : 0)
                pace.record(runs: batch.outcomes.count, elapsed: batch.elapsed)
                let leasesNext = batch.end == .ran || batch.end == .lost ? wanted() : 0
                reply = try await report(batch, leasesNext: leasesNext)
                switch batch.end {
                case .stopped: return .control(.stop)
                case .interrupted: throw CancellationError()
                case .ran, .lost: if let most = settings.maximumJobs, points >= most { return .maximumJobs }
                }
                continue
            }
            if try await loop.insist({ try await queues.counts() }).isFinished {
                let since = emptySince ?? .now
                if since.duration(to: .now) >= settings.idleLimit { return .idle }
                emptySince = since
            } else {
                emptySince = nil
            }
            reply = try await loop.insist {
                try await queues.lease(wanted(), from: RingQueues.main, wait: .seconds(1))
            }
        }
    }

    /// Reports how the runs of a batch ended, gives back what was not run, and takes the next points in the same call.
    private func report(_ batch: BatchRunner.Result, leasesNext: Int) async throws -> LeaseReply {
        let outcomes = batch.outcomes + batch.unfinished.map { .release($0) }
        // A result may have cost hours: no outage makes it less worth reporting. If another worker has the point by
        // then, the fencing token says so and nothing is recorded twice. A task of its own, because this happens
        // while the worker's own task is cancelled, too.
        let finish = Task {
            try await loop.insist { try await queues.finish(outcomes, in: RingQueues.main, leaseNext: leasesNext) }
        }
        let reply = try await finish.value.next
        guard Task.isCancelled else { return reply }
        try await giveBack(reply.leases)
        throw CancellationError()
    }

    /// Gives leases back at once, so that others need not wait for them to expire; no attempt is counted.
    ///
    /// A task of its own, because this happens while the worker's own task is cancelled.
    private func giveBack(_ leases: [Lease]) async throws {
        guard !leases.isEmpty else { return }
        _ = try await Task { try await queues.finish(leases.map { .release($0) }, in: RingQueues.main) }.value
    }
}
