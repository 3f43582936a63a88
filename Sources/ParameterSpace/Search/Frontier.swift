/// A search for the edge of the stable region: coarse steps locate it, bisection sharpens it, and tracing follows it.
///
/// Distances are in units; one unit is the resolution of an axis.
package struct Frontier: Hashable, Sendable {
    /// The treatment of the region's inside.
    package enum Interior: String, CaseIterable, Hashable, Sendable {
        /// Every grid point is run, at the lowest priority.
        case fill
        /// Only the points of the coarse grid are run.
        case coarse
    }

    /// The final sharpness of the edge: for each axis, the number of steps between the stable and the unstable side.
    package let resolution: [Int]
    /// The step of the first grid, in units; a power of two.
    package let initialStep: Int
    /// The distance between probes along the edge, in units; a power of two, at most ``initialStep``.
    package let traceStep: Int
    package let interior: Interior
    /// The final distance between the two sides, in units; a power of two, at most ``initialStep``.
    package let tolerance: Int

    /// - Precondition: `initialStep`, `traceStep` and `tolerance` are powers of two, the first the largest; resolutions
    ///   are at least 1.
    package init(
        resolution: [Int], initialStep: Int = 8, traceStep: Int = 2, interior: Interior = .coarse, tolerance: Int = 1
    ) {
        precondition(
            [initialStep, traceStep, tolerance].allSatisfy { $0 > 0 && $0 & ($0 - 1) == 0 && $0 <= initialStep }
                && resolution.allSatisfy { $0 >= 1 }, "the steps of a frontier are powers of two")
        self.resolution = resolution
        self.initialStep = initialStep
        self.traceStep = traceStep
        self.interior = interior
        self.tolerance = tolerance
    }

    /// A less demanding version: an edge known to within `tolerance` units, and an inside left at the coarse grid.
    ///
    /// - Parameter tolerance: a power of two; values above ``initialStep`` count as ``initialStep``.
    package func resolved(within tolerance: Int) -> Frontier {
        let tolerance = min(tolerance, initialStep)
        return Frontier(
            resolution: resolution, initialStep: initialStep, traceStep: max(traceStep, tolerance), interior: .coarse,
            tolerance: max(self.tolerance, tolerance))
    }
}

/// ``Frontier`` in a space.
struct FrontierSearch: LocalSearch {
    private let lattice: Lattice
    private let rules: FrontierRules
    private let fills: Bool
    let first: (any LocalSearch)?

    /// `nil` if the space has no lattice.
    init?(_ frontier: Frontier, in space: Space) {
        guard let lattice = Lattice(space, units: frontier.resolution) else { return nil }
        self.lattice = lattice
        rules = FrontierRules(
            lattice: lattice, coarsest: frontier.initialStep.trailingZeroBitCount,
            traced: frontier.traceStep.trailingZeroBitCount, sharp: frontier.tolerance.trailingZeroBitCount)
        fills = frontier.interior == .fill
        first = fills ? FrontierSearch(frontier.resolved(within: frontier.tolerance), in: space) : nil
    }

    var expandsUnstablePoints: Bool { true }

    var maxProposals: Int { rules.maxProposals + (fills ? 2 * lattice.dimensions : 0) }

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
        let candidates = rules.candidates(at: coordinates, isInside: isStable, grows: isStable) { other in
            lattice.point(at: other).flatMap { known[$0] }
        }
        var proposals = candidates.compactMap { candidate in
            lattice.point(at: candidate.coordinates).map { point in
                Proposal(point: point, priority: candidate.reason.priority, parent: lattice.point(at: candidate.parent))
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
    /// Halving before growing before tracing: a rough edge everywhere is worth more than a sharp edge in one place.
    fileprivate var priority: Int {
        switch self {
        case .halve: 8
        case .grow: 7
        case .trace: 6
        }
    }
}

/// The rules of ``Frontier`` on a lattice.
///
/// The lattice is a family of grids: the grid of level n contains the points whose coordinates are all multiples of 2ⁿ.
/// Two neighbours on one of these grids with different verdicts *straddle* the edge. The rules:
///
/// - **grow**: a stable point of the coarsest grid proposes its neighbours there. If a neighbour is not a point (beyond
///   the end of an axis, forbidden by a constraint), the nearest valid one on a finer grid takes its place, and so on
///   along that line.
/// - **halve**: a straddling pair proposes the point half-way between its ends, until it is sharp.
/// - **trace**: a straddling pair of neighbours on the tracing grid proposes the neighbours of both, on that grid, in
///   all directions across the pair. For all verdicts, one of the pairs among them straddles again, so any place
///   on a connected edge leads to the whole of it.
struct FrontierRules: Sendable {
    enum Reason: Hashable, Sendable {
        case halve, grow, trace
    }

    struct Candidate: Hashable, Sendable {
        let coordinates: Lattice.Coordinates
        let reason: Reason
        /// The stable point from which it follows.
        let parent: Lattice.Coordinates
    }

    let lattice: Lattice
    /// The level of the coarsest grid.
    let coarsest: Int
    /// The level of the grid on which the edge is traced; `nil` if it is not traced.
    let traced: Int?
    /// The level of the grid on which a straddling pair is sharp and no longer halved.
    var sharp = 0

    /// The finest level with proposals: a pair on the sharp level is not halved.
    private var finest: Int { traced.map { min($0, sharp + 1) } ?? sharp + 1 }

    /// The largest number of candidates after a point: growth along every line, the halving of every pair, and the tracing
    /// of the pairs of one level.
    var maxProposals: Int {
        let lines = 2 * lattice.dimensions
        return lines + lines * (coarsest - finest + 1) + (traced == nil ? 0 : 2 * lines * (lines - 2))
    }

    /// The coarsest level whose grid contains this point.
    func level(of coordinates: Lattice.Coordinates) -> Int { coordinates.level(atMost: coarsest) }

    private func level(of coordinate: Int) -> Int { level(of: [coordinate]) }

    /// A neighbour on the grid of a level.
    struct Neighbour {
        let coordinates: Lattice.Coordinates
        let axis: Int
        let level: Int
    }

    /// All points that may straddle the edge with this one.
    func neighbours(of coordinates: Lattice.Coordinates) -> [Neighbour] {
        let level = level(of: coordinates)
        guard level >= finest else { return [] }
        return (finest...level).flatMap { level in
            lattice.ranges.indices.flatMap { axis in
                [-1 << level, 1 << level].compactMap { distance in
                    lattice.ranges[axis].contains(coordinates[axis] + distance)
                        ? Neighbour(coordinates: coordinates.moved(axis, by: distance), axis: axis, level: level) : nil
                }
            }
        }
    }

    /// The places of points whose candidates may include this one: on a line with it, or, for tracing, on a line with one
    /// of its neighbours.
    func origins(of coordinates: Lattice.Coordinates) -> [Lattice.Coordinates] {
        func moves(_ level: Int) -> [(axis: Int, distance: Int)] {
            lattice.ranges.indices.flatMap { axis in [-1 << level, 1 << level].map { (axis, $0) } }
        }
        let lines = (0...coarsest).flatMap(moves).map { coordinates.moved($0.axis, by: $0.distance) }
        guard let traced else { return lines }
        let corners = moves(traced).flatMap { first in
            moves(traced).filter { $0.axis > first.axis }.map { second in
                coordinates.moved(first.axis, by: first.distance).moved(second.axis, by: second.distance)
            }
        }
        return lines + corners
    }

    /// The proposals that follow from the side of a point.
    ///
    /// - Parameters:
    ///   - isInside: whether the point is on the inner side, that of the stable points.
    ///   - grows: whether the coarse grid grows from here.
    ///   - side: whether another point is inside; `nil` if that is not known.
    func candidates(
        at coordinates: Lattice.Coordinates, isInside: Bool, grows: Bool, side: (Lattice.Coordinates) -> Bool?
    ) -> [Candidate] {
        var candidates = grows ? grow(coordinates) : []
        for neighbour in neighbours(of: coordinates) {
            guard let other = side(neighbour.coordinates), other != isInside else { continue }
            let stable = isInside ? coordinates : neighbour.coordinates
            if neighbour.level > sharp {
                let middle = (coordinates[neighbour.axis] + neighbour.coordinates[neighbour.axis]) / 2
                let halfway = coordinates.moved(neighbour.axis, by: middle - coordinates[neighbour.axis])
                candidates.append(Candidate(coordinates: halfway, reason: .halve, parent: stable))
            }
            if neighbour.level == traced {
                candidates += trace(coordinates, neighbour, from: stable)
            }
        }
        return candidates
    }

    private func trace(
        _ coordinates: Lattice.Coordinates, _ neighbour: Neighbour, from stable: Lattice.Coordinates
    ) -> [Candidate] {
        lattice.ranges.indices.filter { $0 != neighbour.axis }.flatMap { axis in
            [coordinates, neighbour.coordinates].flatMap { side in
                [-1 << neighbour.level, 1 << neighbour.level].map {
                    Candidate(coordinates: side.moved(axis, by: $0), reason: .trace, parent: stable)
                }
            }
        }
    }

    private func grow(_ coordinates: Lattice.Coordinates) -> [Candidate] {
        let fine = coordinates.indices.filter { level(of: coordinates[$0]) < coarsest }
        guard fine.count <= 1 else { return [] }
        // On a line of the coarsest grid but between its points: only an end of the line continues from here.
        let axes = fine.isEmpty ? Array(coordinates.indices) : fine
        return axes.flatMap { axis in
            [-1, 1].compactMap { direction in
                let own = level(of: coordinates[axis])
                for level in stride(from: own, through: 0, by: -1) {
                    let next = coordinates.moved(axis, by: direction << level)
                    guard lattice.point(at: next) != nil else { continue }
                    if level == own, own < coarsest { return nil }
                    return Candidate(coordinates: next, reason: .grow, parent: coordinates)
                }
                return nil
            }
        }
    }
}
