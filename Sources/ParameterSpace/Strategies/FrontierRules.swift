/// The rules of ``Frontier`` on a lattice.
///
/// The lattice is a family of grids: the grid of level n has the points whose coordinates are all multiples of 2ⁿ. Two
/// points that are neighbours on one of these grids and have different verdicts *straddle* the edge. The rules:
///
/// - **grow**: a stable point of the coarsest grid wants its neighbours there. Where one of them is no point (beyond the
///   end of an axis, forbidden by a constraint), the nearest one on a finer grid that is, and so on along that line.
/// - **halve**: a straddling pair wants the point half-way between, until it is sharp.
/// - **trace**: a straddling pair of neighbours on the grid of the spacing wants the neighbours of both, there, to all
///   sides of the line through them. Whichever verdicts those get, one of the pairs among them straddles again, so the
///   whole of an edge that hangs together is found from any place on it.
struct FrontierRules: Sendable {
    enum Reason: Hashable, Sendable {
        case halve, grow, trace
    }

    struct Wish: Hashable, Sendable {
        let coordinates: Lattice.Coordinates
        let reason: Reason
        /// The stable point that it follows from.
        let parent: Lattice.Coordinates
    }

    let lattice: Lattice
    /// The level of the coarsest grid.
    let coarsest: Int
    /// The level of the grid on which the edge is traced; nil: it is not.
    let traced: Int?
    /// The level of the grid on which a straddling pair is sharp and no longer halved.
    var sharp = 0

    /// The finest level that asks for anything: a pair of the sharp one is halved no more.
    private var finest: Int { traced.map { min($0, sharp + 1) } ?? sharp + 1 }

    /// The most wishes that follow from a point: to grow along every line, to halve every pair, and to trace around
    /// those of one level.
    var largestAnswer: Int {
        let lines = 2 * lattice.dimensions
        return lines + lines * (coarsest - finest + 1) + (traced == nil ? 0 : 2 * lines * (lines - 2))
    }

    /// The greatest level whose grid has this point, at most the coarsest.
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

    /// Where a point may lie whose wishes have this one among them: on a line with it, or, for a trace, on a line with
    /// one that is its neighbour.
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

    /// What follows from knowing on which side of the edge a point lies.
    ///
    /// - Parameters:
    ///   - isInside: whether it is the inner side, that of the stable points.
    ///   - grows: whether the search goes on from there.
    ///   - side: whether another point is inside; nil where that is not known.
    func wishes(
        at coordinates: Lattice.Coordinates, isInside: Bool, grows: Bool, side: (Lattice.Coordinates) -> Bool?
    ) -> [Wish] {
        var wishes = grows ? grow(coordinates) : []
        for neighbour in neighbours(of: coordinates) {
            guard let other = side(neighbour.coordinates), other != isInside else { continue }
            let stable = isInside ? coordinates : neighbour.coordinates
            if neighbour.level > sharp {
                let middle = (coordinates[neighbour.axis] + neighbour.coordinates[neighbour.axis]) / 2
                let halfway = coordinates.moved(neighbour.axis, by: middle - coordinates[neighbour.axis])
                wishes.append(Wish(coordinates: halfway, reason: .halve, parent: stable))
            }
            if neighbour.level == traced {
                wishes += trace(coordinates, neighbour, from: stable)
            }
        }
        return wishes
    }

    private func trace(
        _ coordinates: Lattice.Coordinates, _ neighbour: Neighbour, from stable: Lattice.Coordinates
    ) -> [Wish] {
        lattice.ranges.indices.filter { $0 != neighbour.axis }.flatMap { axis in
            [coordinates, neighbour.coordinates].flatMap { side in
                [-1 << neighbour.level, 1 << neighbour.level].map {
                    Wish(coordinates: side.moved(axis, by: $0), reason: .trace, parent: stable)
                }
            }
        }
    }

    private func grow(_ coordinates: Lattice.Coordinates) -> [Wish] {
        let fine = coordinates.indices.filter { level(of: coordinates[$0]) < coarsest }
        guard fine.count <= 1 else { return [] }
        // On a line of the coarsest grid, but between its points: only an end of the line leads on from here.
        let axes = fine.isEmpty ? Array(coordinates.indices) : fine
        return axes.flatMap { axis in
            [-1, 1].compactMap { direction in
                let own = level(of: coordinates[axis])
                for level in stride(from: own, through: 0, by: -1) {
                    let next = coordinates.moved(axis, by: direction << level)
                    guard lattice.point(at: next) != nil else { continue }
                    if level == own, own < coarsest { return nil }
                    return Wish(coordinates: next, reason: .grow, parent: coordinates)
                }
                return nil
            }
        }
    }
}
