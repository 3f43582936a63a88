internal import ExplorationFile
internal import LeaseQueue
package import ParameterSpace
package import RunLedger
internal import Support

/// Why the search has not come to a point.
package struct SearchReach: Sendable {
    package enum Answer: Sendable {
        /// A finished point asks for it. Whether its job still waits for the master; otherwise a job was lost.
        case asked(by: Point, isWaiting: Bool)
        /// None of the points that might ask for it does; what the ledger has of those.
        case notAsked(around: [(point: Point, known: LedgerPoint?)])
        /// It is none of the points that the search moves on.
        case offGrid
        /// It has this number, from 1, in the plan. Whether the plan goes on; otherwise its job was lost.
        case planned(number: Int, isWaiting: Bool)
        /// It is none of the plan's first points, so many of which were looked at.
        case notPlanned(lookedAt: Int, of: Int)
        /// The search chooses by all that it has found. Whether it goes on.
        case notChosen(isWaiting: Bool)
    }

    let ring: Ring

    package init(_ ring: Ring) {
        self.ring = ring
    }

    /// The most points of a plan that are looked at: some seconds.
    private static let most = 2_000_000

    /// - Parameter point: one that the ledger does not have.
    package func answer(about point: Point) async throws -> Answer {
        switch ring.definition.search {
        case .local(let search):
            return try await answer(about: point, ring.currentExpansion(of: search))
        case .sequence(let sequence):
            let range = 0..<min(sequence.count, Self.most)
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
            return .notAsked(around: around)
        }
        let jobs = try await ring.jobs.jobs(of: space.hash(of: origin))
        return .asked(by: origin, isWaiting: !jobs.isEmpty)
    }

    private func isSearching() async throws -> Bool {
        let ids = FirstJobs(definition: ring.definition).searches.map(\.id)
        return try await ring.queues.states(of: ids, in: RingQueues.explore).contains { $0 != nil }
    }
}
