/// A search that learns where the edge is: each finished point improves a probabilistic model of it, and the next
/// points are the most informative ones along it.
///
/// The model is a local Gaussian process (R. B. Gramacy and D. W. Apley, "Local Gaussian Process Approximation for
/// Large Computer Experiments", J. Comput. Graph. Stat. 24 (2015), 561-578): a prediction uses only the nearest
/// finished points. Its latent quantity is the signed distance to the edge, in steps. Points are chosen by the straddle
/// heuristic 1.96 σ - |μ| (B. Bryan, J. Schneider, R. C. Nichol, C. J. Miller, C. R. Genovese and L. Wasserman, "Active
/// Learning For Identifying Function Threshold Boundaries", NIPS 18 (2005), 163-170). Places within one step of a pair
/// of points that straddle the edge are settled and not considered again, as in A. Gotovos, N. Casati, G. Hitz and A.
/// Krause, "Active Learning for Level Set Estimation", IJCAI 2013, 1344-1350.
package struct Adaptive: Hashable, Sendable {
    /// The quantity whose edge is searched for.
    package enum Target: Hashable, Sendable {
        /// The edge between stable and unstable points.
        case verdict
        /// The level set of an output, given by its place in declared order. Points without this output are not
        /// informative.
        case output(Int, level: Double)
    }

    /// The final sharpness of the edge: for each axis, the number of steps between its two sides.
    package let resolution: [Int]
    /// The step of the initial grid that locates the edge, in units of the resolution; a power of two.
    package let initialStep: Int
    /// The number of points proposed at once.
    package let batch: Int
    package let target: Target

    /// - Precondition: `initialStep` is a power of two; resolutions and the batch are at least 1.
    package init(resolution: [Int], initialStep: Int = 8, batch: Int = 32, target: Target = .verdict) {
        precondition(
            initialStep > 0 && initialStep & (initialStep - 1) == 0 && batch >= 1 && resolution.allSatisfy { $0 >= 1 },
            "the steps of an adaptive search are powers of two")
        self.resolution = resolution
        self.initialStep = initialStep
        self.batch = batch
        self.target = target
    }
}

/// ``Adaptive`` in a space.
///
/// The coarse grid of ``FrontierRules`` locates the edge; ``EdgeWalk`` follows it from there.
///
/// The cost for n finished points in d dimensions, with p points in pairs that straddle the edge, f of them visited
/// before enough places are found, and m = max(24, 8 d) observations per model: O((n + p) d) set operations, and O(f d
/// (n d + m³ + 3ᵈ)) for the models.
struct AdaptiveSearch: GlobalSearch {
    private let adaptive: Adaptive
    private let lattice: Lattice
    private let rules: FrontierRules

    let maxHistory = 20_000

    /// `nil` if the space has no lattice.
    init?(_ adaptive: Adaptive, in space: Space) {
        guard let lattice = Lattice(space, units: adaptive.resolution) else { return nil }
        self.adaptive = adaptive
        self.lattice = lattice
        rules = FrontierRules(lattice: lattice, coarsest: adaptive.initialStep.trailingZeroBitCount, traced: nil)
    }

    func proposals(knowing finished: [FinishedPoint], pending: [Point], atMost count: Int) -> [Proposal] {
        guard finished.count < maxHistory else { return [] }
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

    /// The side of the edge that a point is on; `nil` if it is not informative.
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

    /// The proposals of the coarse grid.
    private func coarse(
        _ placed: [(coordinates: Lattice.Coordinates, point: FinishedPoint)], _ field: EdgeField,
        _ taken: inout Set<Lattice.Coordinates>
    ) -> [Proposal] {
        var proposals: [Proposal] = []
        for (coordinates, point) in placed {
            let isInside = field.side(field.keys.key(coordinates))
            // A point that is not informative still makes the grid grow, but no other point is compared with it.
            let candidates = rules.candidates(
                at: coordinates, isInside: isInside ?? point.isStable, grows: point.isStable,
                side: { isInside == nil ? nil : field.side(field.keys.key($0)) })
            for candidate in candidates where !taken.contains(candidate.coordinates) {
                guard let wanted = lattice.point(at: candidate.coordinates) else { continue }
                taken.insert(candidate.coordinates)
                proposals.append(Proposal(point: wanted, priority: 7, parent: lattice.point(at: candidate.parent)))
            }
        }
        return proposals
    }

    /// The most informative places along the edge, spread so that no result would predict another.
    private func walk(
        _ field: EdgeField, _ waiting: [Lattice.Coordinates], _ taken: inout Set<Lattice.Coordinates>,
        atMost count: Int
    ) -> [Proposal] {
        var chosen: [Lattice.Coordinates] = []
        var proposals: [Proposal] = []
        let walk = EdgeWalk(field: field, lattice: lattice)
        for diagonally in [false, true] where proposals.isEmpty {
            // More candidates than needed, since those that are too close to each other drop out.
            let ranked = walk.candidates(diagonally: diagonally, limit: 4 * count).sorted {
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
