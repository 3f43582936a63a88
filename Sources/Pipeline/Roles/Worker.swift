package import Health
package import LeaseQueue
package import Logging
internal import ServiceLifecycle
internal import Support
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
    let settings: Settings
    let loop: RoleLoop
    private let heartbeat: Heartbeat?
    private let ended = Mutex<End>(.terminated)

    /// - Parameters:
    ///   - sources: the explorations whose points it runs; of several, each gets its share of the time by its weight.
    ///   - heartbeat: beats while the worker gets on, with its queues or with the leases it holds.
    package init(sources: [WorkSource], settings: Settings, logger: Logger, heartbeat: Heartbeat? = nil) {
        self.heartbeat = heartbeat
        self.sources = sources
        self.settings = settings
        loop = RoleLoop(logger: logger, heartbeat: heartbeat)
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
        return try await LeaseKeeper.keeping(first.queues, onBeat: { [heartbeat] in heartbeat?.beat() }) { keeper in
            try await keeping(rest.dropFirst(), keepers + [keeper], body)
        }
    }
}
