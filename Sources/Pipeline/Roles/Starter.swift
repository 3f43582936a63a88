internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import ParameterSpace
internal import Support

/// Starts an exploration: puts its start points into the ring, and the job that carries its search on, if there is one.
/// A second start changes nothing.
package struct Starter: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// - Throws: the queue's errors.
    package func run() async throws {
        let first = FirstJobs(definition: ring.definition)
        // The points come first: a plan that finds no points in the ring would take the search for finished.
        let points = try await ring.queues.enqueue(first.points, to: RingQueues.mainSQL)
        let searches = try await ring.enqueue(searches: first.searches)
        ring.logger.info(
            "exploration started",
            metadata: [
                "exploration": "\(ring.definition.name)", "new_points": "\(points.count { $0 })",
                "new_searches": "\(searches)",
            ])
    }
}

/// The jobs that an exploration starts with.
struct FirstJobs: Sendable {
    let definition: ExplorationDefinition

    /// The start points, for `main_sql`.
    var points: [Job] {
        guard !definition.isSequence else { return [] }
        return definition.starts.map { .point(definition.space.hash(of: $0), code: $0.code, parent: nil) }
    }

    /// The messages that carry the search on, for `explore`.
    var searches: [SearchMessage] {
        switch definition.strategy {
        case .flood(let flood): flood.expandsKnown ? [.expandKnown(verdict: .stable, after: nil)] : []
        case .frontier(let frontier): frontier.interior == .fill ? [.startSecondPhase(waits: 0)] : []
        case .sequence: [.sequence(next: 0)]
        case .adaptive: [.planBatch(waits: 0)]
        }
    }
}
