package import LeaseQueue
package import Logging
internal import ParameterSpace
internal import ServiceLifecycle

/// Finds the neighbours of stable points: takes points from `explore`, puts their neighbours on `main_sql`.
///
/// It keeps nothing between two batches. Whether a neighbour is new is the ledger's to say.
package struct Master: Service {
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let logger: Logger

    /// A batch's forwards go in one message to Redis; this keeps it below about a megabyte on six axes.
    private let batch = 64

    package init(definition: ExplorationDefinition, queues: LeaseQueues, logger: Logger) {
        self.definition = definition
        self.queues = queues
        self.logger = logger
    }

    package func run() async throws {
        try await RoleLoop(logger: logger).run {
            var reply = try await queues.lease(batch, from: RingQueues.explore, wait: .seconds(1))
            while !reply.leases.isEmpty, !Task.isShuttingDownGracefully, !Task.isCancelled {
                let outcomes = reply.leases.map(expand)
                reply = try await queues.finish(outcomes, in: RingQueues.explore, leaseNext: batch).next
            }
            if !reply.leases.isEmpty {
                _ = try await queues.finish(reply.leases.map { .release($0) }, in: RingQueues.explore)
            }
        }
    }

    private func expand(_ lease: Lease) -> Outcome {
        do {
            guard case .point(let message) = try RingMessage(payload: lease.payload) else {
                throw MessageError.unexpected(RingQueues.explore)
            }
            let point = try definition.space.point(code: message.code)
            return .complete(lease, forward: proposals(from: point))
        } catch {
            logger.error("a point cannot be expanded", metadata: ["job": "\(lease.id)", "error": "\(error)"])
            return .fail(lease, error: "\(error)", forward: [])
        }
    }

    private func proposals(from point: Point) -> [Forward] {
        let space = definition.space
        let parent = space.hash(of: point).description
        guard case .local(let search) = definition.strategy.search(in: space) else { return [] }
        return search.proposals(after: FinishedPoint(point: point, isStable: true), knowing: [:]).map { proposal in
            let message = RingMessage.point(PointMessage(code: proposal.point.code, parent: parent))
            let job = Job(
                id: space.hash(of: proposal.point).description, payload: message.payload(),
                priority: proposal.priority)
            return Forward(queue: RingQueues.mainSQL, job: job)
        }
    }
}
