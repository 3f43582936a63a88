/// ``Frontier`` in a space.
struct FrontierSearch: LocalSearch {
    private let lattice: Lattice
    private let rules: FrontierRules
    private let fills: Bool
    let first: (any LocalSearch)?

    /// Nil where the space has no lattice.
    init?(_ frontier: Frontier, in space: Space) {
        guard let lattice = Lattice(space, units: frontier.resolution) else { return nil }
        self.lattice = lattice
        rules = FrontierRules(
            lattice: lattice, coarsest: frontier.coarse.trailingZeroBitCount,
            traced: frontier.spacing.trailingZeroBitCount, sharp: frontier.tolerance.trailingZeroBitCount)
        fills = frontier.interior == .fill
        first = fills ? FrontierSearch(frontier.resolved(within: frontier.tolerance), in: space) : nil
    }

    var expandsUnstablePoints: Bool { true }

    var largestAnswer: Int { rules.largestAnswer + (fills ? 2 * lattice.dimensions : 0) }

    func origins(of point: Point) -> [Point]? {
        lattice.coordinates(of: point).map { rules.origins(of: $0).compactMap(lattice.point) }
    }

    func questions(about finished: FinishedPoint) -> [Point] {
        guard let coordinates = lattice.coordinates(of: finished.point) else { return [] }
        return rules.neighbours(of: coordinates).compactMap { lattice.point(at: $0.coordinates) }
    }

    func proposals(after finished: FinishedPoint, knowing known: [Point: Bool]) -> [Proposal] {
        guard let coordinates = lattice.coordinates(of: finished.point) else { return [] }
        let isStable = finished.isStable
        let wishes = rules.wishes(at: coordinates, isInside: isStable, grows: isStable) { other in
            lattice.point(at: other).flatMap { known[$0] }
        }
        var proposals = wishes.compactMap { wish in
            lattice.point(at: wish.coordinates).map { point in
                Proposal(point: point, priority: wish.reason.priority, parent: lattice.point(at: wish.parent))
            }
        }
        if fills, finished.isStable {
            proposals += coordinates.indices.flatMap { axis in
                [-1, 1].compactMap { lattice.point(at: coordinates.moved(axis, by: $0)) }
            }.map { Proposal(point: $0, priority: 1, parent: finished.point) }
        }
        return proposals
    }
}

extension FrontierRules.Reason {
    /// Halving before growing before tracing: an edge that is known roughly everywhere comes before one that is known
    /// well in one place.
    fileprivate var priority: Int {
        switch self {
        case .halve: 8
        case .grow: 7
        case .trace: 6
        }
    }
}
