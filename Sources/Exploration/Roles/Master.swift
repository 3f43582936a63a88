package import Health
package import LeaseQueue
package import Logging
internal import ParameterSpace
internal import ServiceLifecycle

/// Finds the neighbours of stable points: takes points from `explore`, puts their neighbours on `main_sql`.
///
/// It keeps nothing that matters between two batches. Whether a neighbour is new is the ledger's to say;
/// ``RecentProposals`` only spares it most of the questions.
package struct Master: Service {
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let logger: Logger

    private let pulse: Pulse?
    /// Nil where the strategy is one that the roles cannot carry out.
    private let neighbourhood: Neighbourhood?
    /// How many points are expanded at a time: their proposals go to Redis in one message, in one script's run.
    private let batch: Int
    /// So many proposals keep such a message below a megabyte and such a script in the milliseconds.
    private static let proposalsAtATime = 4_096

    package init(
        definition: ExplorationDefinition, queues: LeaseQueues, logger: Logger, pulse: Pulse? = nil
    ) {
        self.pulse = pulse
        self.definition = definition
        self.queues = queues
        self.logger = logger
        neighbourhood = if case .flood(let flood) = definition.strategy { flood.neighbourhood } else { nil }
        let most = neighbourhood?.largestCount(axes: definition.space.axes.count) ?? 1
        batch = max(1, min(256, Self.proposalsAtATime / max(1, most)))
    }

    package func run() async throws {
        guard let neighbourhood else { throw UnservedStrategy() }
        var recent = RecentProposals()
        var isSettled = true
        try await RoleLoop(logger: logger, pulse: pulse).run {
            // After an outage the queue may have lost what it was told.
            if !isSettled { recent.forget() }
            isSettled = false
            var reply = try await queues.lease(batch, from: RingQueues.explore, wait: .seconds(1))
            // In an idle second somebody may have put an older state of the ledger or of the queue in place.
            if reply.leases.isEmpty { recent.forget() }
            while !reply.leases.isEmpty, !Task.isShuttingDownGracefully, !Task.isCancelled {
                let expansions = expand(reply.leases, neighbourhood, recent)
                let finished = try await queues.finish(
                    expansions.map(\.outcome), in: RingQueues.explore, leaseNext: batch)
                for (expansion, result) in zip(expansions, finished.results) where result == .done {
                    for hash in expansion.proposed { recent.remember(hash) }
                }
                reply = finished.next
            }
            if !reply.leases.isEmpty {
                _ = try await queues.finish(reply.leases.map { .release($0) }, in: RingQueues.explore)
            }
            isSettled = true
        }
    }

    /// What becomes of a point's job, and the points that are proposed with it.
    private struct Expansion {
        var outcome: Outcome
        var proposed: [PointHash] = []
    }

    private func expand(
        _ leases: [Lease], _ neighbourhood: Neighbourhood, _ recent: RecentProposals
    ) -> [Expansion] {
        // A neighbour of two points of the batch is proposed with the first. Where that one's lease turns out to be
        // lost, its new holder makes the proposal.
        var inBatch: Set<PointHash> = []
        return leases.map { lease in
            do {
                guard case .point(let message) = try RingMessage(payload: lease.payload) else {
                    throw MessageError.unexpected(RingQueues.explore)
                }
                let point = try definition.space.point(code: message.code)
                return expansion(neighbourhood.neighbours(of: point, in: definition.space), lease) {
                    !recent.contains($0) && inBatch.insert($0).inserted
                }
            } catch {
                logger.error("a point cannot be expanded", metadata: ["job": "\(lease.id)", "error": "\(error)"])
                return Expansion(outcome: .fail(lease, error: "\(error)", forward: []))
            }
        }
    }

    private func expansion(_ neighbours: [Point], _ lease: Lease, where isNew: (PointHash) -> Bool) -> Expansion {
        let space = definition.space
        var proposed: [PointHash] = []
        var forwards: [Forward] = []
        for neighbour in neighbours {
            let hash = space.hash(of: neighbour)
            guard isNew(hash) else { continue }
            let message = RingMessage.point(PointMessage(code: neighbour.code, parent: lease.id))
            proposed.append(hash)
            forwards.append(
                Forward(
                    queue: RingQueues.mainSQL, job: Job(id: hash.description, payload: message.payload())))
        }
        return Expansion(outcome: .complete(lease, forward: forwards), proposed: proposed)
    }
}
