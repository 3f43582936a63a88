internal import ExplorationFile
package import LeaseQueue
internal import ParameterSpace
internal import RunLedger

/// Puts points back into the ring that were lost with the process that was to run them, as others remember them.
package struct LostPoints: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// Queues those of the jobs that nobody has any more and whose point is still to be run.
    ///
    /// A point that the ledger does not know goes by way of it. One that was given up, or has its verdict, stays.
    ///
    /// - Returns: the ids of the jobs that wait for a worker now, those that did before among them.
    package func putBack(_ jobs: [Job]) async throws -> Set<String> {
        let points = jobs.compactMap { job in PointHash(job.id).map { ($0, job) } }
        let isOnTheWay = try await ring.jobs.areOnTheWay(points.map(\.0))
        // Only now the ledger: a point whose result was taken from its queue meanwhile is completed by now.
        let suspects = zip(points, isOnTheWay).filter { !$1 }.map(\.0)
        let known = try await ring.ledgerPoints(suspects.map(\.0))
        let lost = zip(suspects, known).filter { $1.map(RepairDecision.isOpen) ?? true }
        for (queue, isKnown) in [(RingQueues.main, true), (RingQueues.mainSQL, false)] {
            _ = try await ring.queues.enqueue(lost.filter { ($1 != nil) == isKnown }.map(\.0.1), to: queue)
        }
        let states = try await ring.queues.states(of: points.map(\.1.id), in: RingQueues.main)
        let waiting = zip(points, states).filter { if case .ready = $1 { true } else { false } }.map(\.0.1.id)
        return Set(waiting + lost.map(\.0.1.id))
    }
}
