internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import Support

/// Sets an exploration going: puts its start points into the ring, and the job that carries its search on where there
/// is one. Doing it again changes nothing.
package struct Starter: Sendable {
    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// - Throws: what the queue throws.
    package func run() async throws {
        let first = FirstJobs(definition: ring.definition)
        // The points come first: a plan that finds nothing on its way takes it for all that there is.
        let points = try await ring.queues.enqueue(first.points, to: RingQueues.mainSQL)
        let searches = try await ring.queues.enqueue(first.searches, to: RingQueues.explore)
        ring.logger.info(
            "the exploration is set going",
            metadata: [
                "new start points": "\(points.count { $0 })", "new search jobs": "\(searches.count { $0 })",
            ])
    }
}

/// The jobs that an exploration begins with.
struct FirstJobs: Sendable {
    let definition: ExplorationDefinition

    /// The start points, for `main_sql`.
    var points: [Job] {
        guard !definition.isSequence else { return [] }
        return definition.starts.map { .point(definition.space.hash(of: $0), code: $0.code, parent: nil) }
    }

    /// What carries the search on, for `explore`.
    var searches: [Job] {
        switch definition.strategy {
        case .flood(let flood): flood.expandsKnown ? [.search(.known(verdict: .stable, after: nil))] : []
        case .frontier(let frontier):
            frontier.interior == .fill ? [.search(.then(waits: 0))] : []
        case .sequence: [.search(.sequence(next: 0))]
        case .adaptive: [.search(.plan(waits: 0))]
        }
    }
}
