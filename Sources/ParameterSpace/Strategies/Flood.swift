/// The neighbours of every stable point.
package struct Flood: Hashable, Sendable {
    package let neighbourhood: Neighbourhood
    /// Whether a new start of the exploration also expands the points that the ledger already knows to be stable, as is
    /// wanted after the axes were widened.
    package let reexplores: Bool

    package init(_ neighbourhood: Neighbourhood, reexplores: Bool = false) {
        self.neighbourhood = neighbourhood
        self.reexplores = reexplores
    }
}

/// ``Flood`` in a space.
struct FloodSearch: LocalSearch {
    let flood: Flood
    let space: Space

    var expandsUnstablePoints: Bool { false }

    var largestAnswer: Int { flood.neighbourhood.largestCount(axes: space.axes.count) }

    func origins(of point: Point) -> [Point]? { flood.neighbourhood.neighbours(of: point, in: space) }

    func questions(about finished: FinishedPoint) -> [Point] { [] }

    func proposals(after finished: FinishedPoint, knowing known: [Point: Bool]) -> [Proposal] {
        guard finished.isStable else { return [] }
        return flood.neighbourhood.neighbours(of: finished.point, in: space).map {
            Proposal(point: $0, priority: Proposal.ordinary, parent: finished.point)
        }
    }
}
