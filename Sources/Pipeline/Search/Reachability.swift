internal import ExplorationFile
internal import LeaseQueue
package import ParameterSpace
package import RunLedger
internal import Support

/// Explains why the search has not reached a point.
package struct Reachability: Sendable {
    package enum Answer: Sendable {
        /// A finished point proposes it. If that point's job is not waiting for the master, a job was lost.
        case proposed(by: Point, isWaiting: Bool)
        /// None of the points that might propose it does; with the ledger's rows of those points.
        case notProposed(around: [(point: Point, known: LedgerPoint?)])
        /// The search does not pass through it: it is not on the search's grid.
        case offGrid
        /// It has this number, from 1, in the plan. If the plan's job is not waiting, it was lost.
        case planned(number: Int, isWaiting: Bool)
        /// It is not among the first points of the plan.
        ///
        /// - Parameters:
        ///   - lookedAt: the number of points that were looked at.
        ///   - of: the number of points of the plan.
        case notPlanned(lookedAt: Int, of: Int)
        /// The search chooses by all that it has found. Whether it continues.
        case notChosen(isWaiting: Bool)
    }

    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// The largest number of points of a plan to look at, which takes some seconds.
    private static let maxPlanIndex = 2_000_000

    /// - Parameter point: a point that is not in the ledger.
    package func answer(about point: Point) async throws -> Answer {
        switch ring.definition.search {
        case .local(let search):
            return try await answer(about: point, ring.currentExpansion(of: search))
        case .sequence(let sequence):
            let range = 0..<min(sequence.count, Self.maxPlanIndex)
            guard let index = range.first(where: { sequence.point(at: $0) == point }) else {
                return .notPlanned(lookedAt: range.count, of: sequence.count)
            }
            return .planned(number: index + 1, isWaiting: try await isSearching())
        case .global:
            return .notChosen(isWaiting: try await isSearching())
        }
    }

    private func answer(about point: Point, _ expansion: LocalExpansion) async throws -> Answer {
        let space = ring.definition.space
        guard let origins = expansion.search.origins(of: point) else { return .offGrid }
        let around = zip(origins, try await ring.ledgerPoints(origins.map(space.hash))).map { (point: $0, known: $1) }
        let finished = around.compactMap { point, known in
            known?.verdict.map { FinishedPoint(point: point, isStable: $0 == .stable) }
        }
        let proposals = try await expansion.proposals(after: finished) { try await ring.ledgerPoints($0) }
        guard let origin = zip(finished, proposals).first(where: { $1.contains { $0.point == point } })?.0.point else {
            return .notProposed(around: around)
        }
        let jobs = try await ring.jobs.jobs(of: space.hash(of: origin))
        return .proposed(by: origin, isWaiting: !jobs.isEmpty)
    }

    private func isSearching() async throws -> Bool {
        for search in FirstJobs(definition: ring.definition).searches {
            if try await ring.queues.contains(search) { return true }
        }
        return false
    }
}
