package import Health
package import LeaseQueue
package import Logging
internal import ServiceLifecycle
internal import Synchronization
package import SystemPackage

/// Leases points from `main`, runs the model on each, and reports. It may do so for several explorations.
package final class Worker: Service {
    /// What a worker does besides what the exploration says.
    package struct Settings: Sendable {
        /// Leave once the ring has been found empty for this long.
        package var idleLimit: Duration = .seconds(30)
        /// Leave after so many points; nil for no limit.
        package var maximumJobs: Int?
        /// The one point to run, by its hash; nil for whatever is ready. ``runOnly(_:)`` sets it.
        package internal(set) var point: String?
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
        /// The point that it was for is done, or somebody else's.
        case pointNotReady
        /// The queue, or each of several, is drained or stopped, or its budget is used up.
        case control(ControlState)
        /// It was told to shut down.
        case terminated
    }

    let sources: [WorkSource]
    private let settings: Settings
    let loop: RoleLoop
    private let pulse: Pulse?
    private let ended = Mutex<End>(.terminated)

    /// - Parameters:
    ///   - sources: the explorations whose points it runs; of several, each gets its share of the time by its weight.
    ///   - pulse: beats while the worker gets on, with its queues or with the leases it holds.
    package init(sources: [WorkSource], settings: Settings, logger: Logger, pulse: Pulse? = nil) {
        self.pulse = pulse
        self.sources = sources
        self.settings = settings
        loop = RoleLoop(logger: logger, pulse: pulse)
    }

    /// Why the worker left, once ``run()`` has returned.
    package var end: End {
        ended.withLock { $0 }
    }

    package func run() async throws {
        do {
            let end = try await keeping(sources[...], []) { keepers in
                try await cancelWhenGracefulShutdown { try await self.work(keepers) }
            }
            ended.withLock { $0 = end }
        } catch is CancellationError {
            ended.withLock { $0 = .terminated }
        }
    }

    /// Keeps the leases of all explorations while `body` runs.
    private func keeping(
        _ rest: ArraySlice<WorkSource>, _ keepers: [LeaseKeeper], _ body: ([LeaseKeeper]) async throws -> End
    ) async throws -> End {
        guard let first = rest.first else { return try await body(keepers) }
        return try await LeaseKeeper.keeping(first.queues, onBeat: { [pulse] in pulse?.beat() }) { keeper in
            try await keeping(rest.dropFirst(), keepers + [keeper], body)
        }
    }

    private func work(_ keepers: [LeaseKeeper]) async throws -> End {
        var shift = WorkShift(weights: sources.map(\.weight))
        var points = 0
        var emptySince: ContinuousClock.Instant?
        /// How many more points it is to run.
        func rest() -> Int { settings.maximumJobs.map { max(0, $0 - points) } ?? .max }

        var held: (index: Int, leases: [Lease])?
        if let point = settings.point {
            let reply = try await lease(point)
            guard !reply.leases.isEmpty else { return reply.control == .run ? .pointNotReady : .control(reply.control) }
            held = (0, reply.leases)
        }
        while true {
            if held == nil { held = try await take(&shift, atMost: rest()) }
            if let end = shift.end {
                if let held { try await giveBack(held.leases, to: held.index) }
                return .control(end)
            }
            if let (index, leases) = held {
                emptySince = nil
                let batch = await sources[index].batches.run(leases, keeper: keepers[index])
                // A point that was taken from it counts too: it may have cost as much as any.
                points += batch.outcomes.count + (batch.end == .lost ? 1 : 0)
                shift.charge(index, runs: batch.outcomes.count, elapsed: batch.elapsed)
                let goesOn = (batch.end == .ran || batch.end == .lost) && shift.isNext(index)
                let reply = try await report(batch, to: index, leasesNext: goesOn ? min(shift.size(index), rest()) : 0)
                if goesOn { shift.note(index, reply) }
                held = try await admitted(reply, of: index, shift)
                switch batch.end {
                case .stopped: shift.close(index, .stop)
                case .interrupted: throw CancellationError()
                case .ran, .lost: if let most = settings.maximumJobs, points >= most { return .maximumJobs }
                }
                continue
            }
            if try await areFinished(shift.open) {
                let since = emptySince ?? .now
                if since.duration(to: .now) >= settings.idleLimit { return .idle }
                emptySince = since
            } else {
                emptySince = nil
            }
            held = try await wait(&shift, atMost: rest())
        }
    }

    /// Asks the explorations for points, in the order of their turns.
    private func take(
        _ shift: inout WorkShift, atMost most: Int
    ) async throws -> (index: Int, leases: [Lease])? {
        for index in shift.turns {
            let count = min(shift.size(index), most)
            let reply = try await loop.insist { try await sources[index].queues.lease(count, from: RingQueues.main) }
            shift.note(index, reply)
            if let held = try await admitted(reply, of: index, shift) { return held }
        }
        return nil
    }

    /// Waits for points for up to a second.
    private func wait(
        _ shift: inout WorkShift, atMost most: Int
    ) async throws -> (index: Int, leases: [Lease])? {
        let open = shift.open
        if open.count == 1, let index = open.first {
            let count = min(shift.size(index), most)
            let reply = try await loop.insist {
                try await sources[index].queues.lease(count, from: RingQueues.main, wait: .seconds(1))
            }
            shift.note(index, reply)
            return try await admitted(reply, of: index, shift)
        }
        try await loop.insist {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in open {
                    let queues = sources[index].queues
                    group.addTask { _ = try await queues.waitForWork(in: [RingQueues.main], upTo: .seconds(1)) }
                }
                // The first that hears of work is enough; one that is woken for nothing costs a second at most.
                try await group.next()
                group.cancelAll()
            }
        }
        shift.wakeAll()
        return nil
    }

    /// What may be run of a reply: nothing where the operator drains or stops the exploration.
    private func admitted(
        _ reply: LeaseReply, of index: Int, _ shift: WorkShift
    ) async throws -> (index: Int, leases: [Lease])? {
        guard !reply.leases.isEmpty else { return nil }
        guard shift.open.contains(index) else {
            try await giveBack(reply.leases, to: index)
            return nil
        }
        return (index, reply.leases)
    }

    private func areFinished(_ indices: [Int]) async throws -> Bool {
        for index in indices {
            guard try await loop.insist({ try await sources[index].queues.counts() }).isFinished else { return false }
        }
        return true
    }

    /// Reports how the runs of a batch ended, gives back what was not run, and takes the next points in the same call.
    private func report(_ batch: BatchRunner.Result, to index: Int, leasesNext: Int) async throws -> LeaseReply {
        let outcomes = batch.outcomes + batch.unfinished.map { .release($0) }
        let queues = sources[index].queues
        // A result may have cost hours: no outage makes it less worth reporting. If another worker has the point by
        // then, the fencing token says so and nothing is recorded twice. A task of its own, because this happens
        // while the worker's own task is cancelled, too.
        let finish = Task {
            try await loop.insist { try await queues.finish(outcomes, in: RingQueues.main, leaseNext: leasesNext) }
        }
        let reply = try await finish.value.next
        guard Task.isCancelled else { return reply }
        try await giveBack(reply.leases, to: index)
        throw CancellationError()
    }

    /// Gives leases back at once, so that others need not wait for them to expire; no attempt is counted.
    ///
    /// A task of its own, because this happens while the worker's own task is cancelled.
    private func giveBack(_ leases: [Lease], to index: Int) async throws {
        guard !leases.isEmpty else { return }
        let queues = sources[index].queues
        _ = try await Task { try await queues.finish(leases.map { .release($0) }, in: RingQueues.main) }.value
    }
}
