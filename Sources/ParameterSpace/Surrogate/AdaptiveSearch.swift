/// ``Adaptive`` in a space.
///
/// The coarse grid of ``FrontierRules`` finds the edge in the first place; from there ``EdgeWalk`` goes along it.
///
/// For n finished points, p of them in pairs that straddle the edge, and f of those looked at before enough
/// places are found, in d dimensions with m = max(24, 8 d) observations a model: O((n + p) d) set operations, and
/// O(f d (n d + m³ + 3ᵈ)) for the models.
struct AdaptiveSearch: GlobalSearch {
    private let adaptive: Adaptive
    private let lattice: Lattice
    private let rules: FrontierRules

    let largestHistory = 20_000

    /// Nil where the space has no lattice.
    init?(_ adaptive: Adaptive, in space: Space) {
        guard let lattice = Lattice(space, units: adaptive.resolution) else { return nil }
        self.adaptive = adaptive
        self.lattice = lattice
        rules = FrontierRules(lattice: lattice, coarsest: adaptive.coarse.trailingZeroBitCount, traced: nil)
    }

    func proposals(knowing finished: [FinishedPoint], pending: [Point], atMost count: Int) -> [Proposal] {
        guard finished.count < largestHistory else { return [] }
        let placed = finished.compactMap { point in
            lattice.coordinates(of: point.point).map { (coordinates: $0, point: point) }
        }.sorted { $0.coordinates.lexicographicallyPrecedes($1.coordinates) }
        let field = EdgeField(
            dimensions: lattice.dimensions,
            sites: placed.compactMap { place in
                side(of: place.point).map { (place.coordinates, $0.isInside, $0.height) }
            })
        let waiting = pending.compactMap(lattice.coordinates(of:))
        var taken = Set(placed.map(\.coordinates) + waiting)

        var proposals = coarse(placed, field, &taken)
        if proposals.count < count {
            proposals += walk(field, waiting, &taken, atMost: count - proposals.count)
        }
        return Array(proposals.prefix(count))
    }

    /// On which side of the edge a point lies; nil where it tells nothing.
    private func side(of finished: FinishedPoint) -> (isInside: Bool, height: Double?)? {
        switch adaptive.target {
        case .verdict:
            return (finished.isStable, nil)
        case .output(let index, let level):
            guard index < finished.outputs.count, let output = finished.outputs[index], output.isFinite else {
                return nil
            }
            return (output >= level, output - level)
        }
    }

    /// What the coarse grid wants.
    private func coarse(
        _ placed: [(coordinates: Lattice.Coordinates, point: FinishedPoint)], _ field: EdgeField,
        _ taken: inout Set<Lattice.Coordinates>
    ) -> [Proposal] {
        var proposals: [Proposal] = []
        for (coordinates, point) in placed {
            let isInside = field.side(field.keys.key(coordinates))
            // A point that tells nothing of the edge still leads on; no other is compared with it.
            let wishes = rules.wishes(
                at: coordinates, isInside: isInside ?? point.isStable, grows: point.isStable,
                side: { isInside == nil ? nil : field.side(field.keys.key($0)) })
            for wish in wishes where !taken.contains(wish.coordinates) {
                guard let wanted = lattice.point(at: wish.coordinates) else { continue }
                taken.insert(wish.coordinates)
                proposals.append(Proposal(point: wanted, priority: 7, parent: lattice.point(at: wish.parent)))
            }
        }
        return proposals
    }

    /// The places along the edge that tell most, no two of them so near that one would tell about the other.
    private func walk(
        _ field: EdgeField, _ waiting: [Lattice.Coordinates], _ taken: inout Set<Lattice.Coordinates>,
        atMost count: Int
    ) -> [Proposal] {
        var chosen: [Lattice.Coordinates] = []
        var proposals: [Proposal] = []
        let walk = EdgeWalk(field: field, lattice: lattice)
        for diagonally in [false, true] where proposals.isEmpty {
            // Several times as many as are wanted, since those too near to each other drop out.
            let ranked = walk.candidates(diagonally: diagonally, enough: 4 * count).sorted {
                $0.score != $1.score
                    ? $0.score > $1.score : $0.coordinates.lexicographicallyPrecedes($1.coordinates)
            }
            for candidate in ranked where proposals.count < count && !taken.contains(candidate.coordinates) {
                guard !(chosen + waiting).contains(where: { isNear($0, candidate.coordinates) }),
                    let wanted = lattice.point(at: candidate.coordinates)
                else { continue }
                taken.insert(candidate.coordinates)
                chosen.append(candidate.coordinates)
                proposals.append(Proposal(point: wanted, priority: 6, parent: lattice.point(at: candidate.parent)))
            }
        }
        return proposals
    }

    /// Whether two places are at most two steps apart on every axis.
    private func isNear(_ left: Lattice.Coordinates, _ right: Lattice.Coordinates) -> Bool {
        zip(left, right).allSatisfy { abs($0 - $1) <= 2 }
    }
}
