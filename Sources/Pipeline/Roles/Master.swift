package import ExplorationFile
package import Health
package import LeaseQueue
package import Logging
internal import ParameterSpace
package import RunLedger
internal import ServiceLifecycle

/// Finds the points that are wanted next: takes finished points, and the job that carries a search on, from `explore`,
/// and puts proposals on `main_sql`.
///
/// It keeps nothing that matters between two batches. Whether a proposal is new is the ledger's to say;
/// ``RecentProposals`` only spares it most of the questions.
package struct Master: Service {
    let queues: LeaseQueues
    package let logger: Logger
    private let expander: Expander
    private let heartbeat: Heartbeat?

    /// - Parameter ledger: nil where ``ExplorationDefinition/masterReadsLedger`` says that it is not asked.
    package init(
        definition: ExplorationDefinition, queues: LeaseQueues, ledger: RunLedger?, logger: Logger,
        heartbeat: Heartbeat? = nil
    ) {
        self.heartbeat = heartbeat
        self.queues = queues
        self.logger = logger
        expander = Expander(definition: definition, queues: queues, ledger: ledger, logger: logger)
    }

    package func run() async throws {
        var recent = RecentProposals()
        var isSettled = true
        let batch = expander.batch
        try await RoleLoop(logger: logger, heartbeat: heartbeat).run {
            // After an outage the queue may have lost what it was told.
            if !isSettled { recent.forget() }
            isSettled = false
            var reply = try await queues.lease(batch, from: RingQueues.explore, wait: .seconds(1))
            // In an idle second somebody may have put an older state of the ledger or of the queue in place.
            if reply.leases.isEmpty { recent.forget() }
            while !reply.leases.isEmpty, !Task.isShuttingDownGracefully, !Task.isCancelled {
                let expansions = try await expand(reply.leases, recent)
                let finished = try await queues.finish(
                    expansions.map(\.outcome), in: RingQueues.explore, leaseNext: batch)
                for (expansion, result) in zip(expansions, finished.results) where result == .done {
                    for hash in expansion.proposed { recent.remember(hash) }
                }
                reply = finished.next
            }
            try await giveBack(reply.leases)
            isSettled = true
        }
    }

    private func expand(_ leases: [Lease], _ recent: RecentProposals) async throws -> [Expansion] {
        do {
            return try await expander.expand(leases) { !recent.contains($0) }
        } catch {
            // Nothing is lost if this fails too: the leases expire.
            try? await giveBack(leases)
            throw error
        }
    }

    private func giveBack(_ leases: [Lease]) async throws {
        guard !leases.isEmpty else { return }
        _ = try await queues.finish(leases.map { .release($0) }, in: RingQueues.explore)
    }
}
