/// Counts how much of an edge is known, point by point: batches of finished points go in, in any order, and tallies of
/// different batches add up.
///
/// For each finished stable point it asks for the verdicts 1, 2, 4 … steps away along each axis. The nearest of those
/// that are known tells what lies that way: more of the region, or its edge, known to so many steps.
package struct EdgeTally: Sendable {
    /// What lies beside a stable point along one axis.
    package struct Side: Hashable, Sendable, Comparable {
        /// The axis, by its place among the space's axes.
        package let axis: Int
        /// How many steps lie between the stable and the unstable point.
        package let gap: Int

        package static func < (left: Side, right: Side) -> Bool {
            (left.axis, left.gap) < (right.axis, right.gap)
        }
    }

    package private(set) var stable = 0
    package private(set) var unstable = 0
    /// How often the edge lies beside a stable point, by axis and by how sharply it is known there.
    package private(set) var sides: [Side: Int] = [:]
    /// How many stable points have it beside them at one step: the length of the edge that is known exactly, in points.
    package private(set) var edgePoints = 0
    /// How often nothing is known beside a stable point, as far as is looked, though the space goes on there.
    package private(set) var open = 0

    private let lattice: Lattice
    private let distances: [Int]

    /// - Parameter reach: how far to look, in steps; a power of two.
    /// - Returns: nil where the start is no point, or where an axis has too many values to be numbered.
    package init?(_ space: Space, reach: Int = 8) {
        guard let lattice = Lattice(space, units: space.axes.map { _ in 1 }) else { return nil }
        self.lattice = lattice
        distances = (0..<Int.bitWidth).lazy.map { 1 << $0 }.prefix { $0 <= reach }.map { $0 }
    }

    /// The points whose verdicts it needs to know; a bounded number.
    package func questions(about finished: FinishedPoint) -> [Point] {
        guard finished.isStable, let place = lattice.coordinates(of: finished.point) else { return [] }
        return directions.flatMap { axis, direction in
            distances.compactMap { lattice.point(at: place.moved(axis, by: direction * $0)) }
        }
    }

    /// Takes a finished point into account, once.
    ///
    /// - Parameter known: whether each of the points that were asked for is stable; those without a verdict are absent.
    package mutating func note(_ finished: FinishedPoint, knowing known: [Point: Bool]) {
        guard finished.isStable else {
            unstable += 1
            return
        }
        stable += 1
        guard let place = lattice.coordinates(of: finished.point) else { return }
        var isEdge = false
        for (axis, direction) in directions {
            let beside = distances.compactMap { distance -> (point: Point, distance: Int)? in
                lattice.point(at: place.moved(axis, by: direction * distance)).map { ($0, distance) }
            }
            guard !beside.isEmpty else { continue }
            guard let nearest = beside.first(where: { known[$0.point] != nil }) else {
                open += 1
                continue
            }
            guard known[nearest.point] == false else { continue }
            sides[Side(axis: axis, gap: nearest.distance), default: 0] += 1
            isEdge = isEdge || nearest.distance == 1
        }
        if isEdge { edgePoints += 1 }
    }

    /// Adds what another tally of the same space counted over other points.
    package mutating func add(_ other: EdgeTally) {
        stable += other.stable
        unstable += other.unstable
        open += other.open
        edgePoints += other.edgePoints
        sides.merge(other.sides, uniquingKeysWith: +)
    }

    private var directions: [(axis: Int, direction: Int)] {
        (0..<lattice.dimensions).flatMap { axis in [-1, 1].map { (axis, $0) } }
    }
}
