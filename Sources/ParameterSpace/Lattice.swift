/// The grid of a space in whole steps, counted from the start point: what strategies move on.
///
/// A point's coordinates are one whole number for each axis, in units of so many steps of that axis; the start point's
/// are all zero. Values stay exact: coordinates are turned into the axis's own grid values, never computed.
package struct Lattice: Sendable {
    package typealias Coordinates = [Int]

    private struct Line: Sendable {
        let parameter: Int
        let grid: AxisGrid
        /// The number of the start's value on the grid.
        let origin: Int
        /// How many steps make one unit.
        let unit: Int
    }

    package let space: Space
    /// The lowest and the highest coordinate on each axis.
    package let ranges: [ClosedRange<Int>]
    private let lines: [Line]
    private let startValues: [ExactDecimal]

    /// - Parameters:
    ///   - units: how many steps make one unit, for each axis, each at least 1.
    /// - Returns: nil where the start is no point, or where an axis has too many values to be numbered.
    package init?(_ space: Space, units: [Int]) {
        guard let start = space.start else { return nil }
        var lines: [Line] = []
        for ((index, axis), unit) in zip(space.axes, units) {
            guard let grid = AxisGrid(axis, start: start.values[index]),
                let origin = grid.index(of: start.values[index])
            else { return nil }
            lines.append(Line(parameter: index, grid: grid, origin: origin, unit: unit))
        }
        self.space = space
        self.lines = lines
        startValues = start.values
        ranges = lines.map { line in
            (-(line.origin / line.unit))...((line.grid.count - 1 - line.origin) / line.unit)
        }
    }

    package var dimensions: Int { lines.count }

    /// The coordinates of a point; nil where it is not on the lattice.
    package func coordinates(of point: Point) -> Coordinates? {
        var coordinates: Coordinates = []
        coordinates.reserveCapacity(lines.count)
        for line in lines {
            guard let index = line.grid.index(of: point.values[line.parameter]) else { return nil }
            let (coordinate, rest) = (index - line.origin).quotientAndRemainder(dividingBy: line.unit)
            guard rest == 0 else { return nil }
            coordinates.append(coordinate)
        }
        return coordinates
    }

    /// The point there; nil beyond the ends of an axis and where the space has no such point.
    package func point(at coordinates: Coordinates) -> Point? {
        var values = startValues
        for ((line, range), coordinate) in zip(zip(lines, ranges), coordinates) {
            guard range.contains(coordinate) else { return nil }
            values[line.parameter] = line.grid.value(at: line.origin + coordinate * line.unit)
        }
        return space.point(settled: values)
    }
}

extension Lattice.Coordinates {
    /// The greatest level whose grid has this place, at most the coarsest: the grid of level n has the places whose
    /// coordinates are all multiples of 2ⁿ.
    ///
    /// - Parameter axis: one whose coordinate does not count, so that it is the level of the line along it.
    func level(atMost coarsest: Int, apartFrom axis: Int? = nil) -> Int {
        var level = coarsest
        for (index, coordinate) in enumerated() where coordinate != 0 && index != axis {
            level = Swift.min(level, coordinate.trailingZeroBitCount)
        }
        return level
    }

    /// These coordinates, moved along one axis.
    func moved(_ axis: Int, by distance: Int) -> Self {
        var moved = self
        moved[axis] += distance
        return moved
    }
}
