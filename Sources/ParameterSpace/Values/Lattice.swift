/// The grid of a space in integer coordinates, on which strategies move.
///
/// A point has one coordinate for each axis, counted from the start point in units of a number of steps. Values stay
/// exact: a coordinate selects one of the axis's grid values, it is never computed with.
package struct Lattice: Sendable {
    package typealias Coordinates = [Int]

    private struct Line: Sendable {
        let parameter: Int
        let grid: AxisGrid
        /// The index of the start's value on the grid.
        let origin: Int
        /// The number of steps in a unit.
        let unit: Int
    }

    package let space: Space
    /// The smallest and the largest coordinate on each axis.
    package let ranges: [ClosedRange<Int>]
    private let lines: [Line]
    private let startValues: [ExactDecimal]

    /// - Parameter units: the number of steps in a unit, for each axis; at least 1.
    /// - Returns: `nil` if the start is not a point, or if an axis has too many values for a grid.
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

    /// The coordinates of a point; `nil` if it is not on the lattice.
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

    /// The point at these coordinates; `nil` beyond the ends of an axis or if the space has no such point.
    package func point(at coordinates: Coordinates) -> Point? {
        var values = startValues
        for ((line, range), coordinate) in zip(zip(lines, ranges), coordinates) {
            guard range.contains(coordinate) else { return nil }
            values[line.parameter] = line.grid.value(at: line.origin + coordinate * line.unit)
        }
        return space.point(completing: values)
    }
}

extension Lattice.Coordinates {
    /// The coarsest level, at most `coarsest`, whose grid contains this place. The grid of level n contains the places
    /// whose coordinates are all multiples of 2ⁿ.
    ///
    /// - Parameter axis: an axis to ignore; the result is then the level of the line along it.
    func level(atMost coarsest: Int, apartFrom axis: Int? = nil) -> Int {
        var level = coarsest
        for (index, coordinate) in enumerated() where coordinate != 0 && index != axis {
            level = Swift.min(level, coordinate.trailingZeroBitCount)
        }
        return level
    }

    /// Returns these coordinates moved along one axis.
    func moved(_ axis: Int, by distance: Int) -> Self {
        var moved = self
        moved[axis] += distance
        return moved
    }
}

/// The numbered values of an axis, from the smallest, for strategies that count in steps.
///
/// A start between two values of its axis gets a separate index, so that the start point is on the grid like every
/// other point.
package struct AxisGrid: Sendable {
    /// The largest number of values that a grid supports.
    package static let maxCount = 1_000_000_000

    /// The number of values; at least 1.
    package let count: Int
    private let values: Values
    /// A start between the axis's values, and the number of values below it.
    private let extra: (value: ExactDecimal, rank: Int)?

    /// Numbers the values of an axis; `nil` if it has none, or more than ``maxCount``.
    ///
    /// - Parameter start: a value that is added to the grid if the axis does not have it.
    package init?(_ axis: Axis, start: ExactDecimal? = nil) {
        guard let values = Values(axis) else { return nil }
        let rank = start.map(values.countBelow)
        if let start, let rank, rank == values.count || values[rank] != start {
            extra = (start, rank)
            count = values.count + 1
        } else {
            extra = nil
            count = values.count
        }
        self.values = values
        if count == 0 { return nil }
    }

    /// - Parameter index: 0 ..< ``count``.
    package func value(at index: Int) -> ExactDecimal {
        guard let extra, index >= extra.rank else { return values[index] }
        return index == extra.rank ? extra.value : values[index - 1]
    }

    /// The index of a value; `nil` if it is not on the grid.
    package func index(of value: ExactDecimal) -> Int? {
        if let extra, value == extra.value { return extra.rank }
        let below = values.countBelow(value)
        guard below < values.count, values[below] == value else { return nil }
        return extra.map { below < $0.rank ? below : below + 1 } ?? below
    }
}

/// The values of the axis itself.
private enum Values: Sendable {
    case listed([ExactDecimal])
    case spaced([Progression])

    /// Equally spaced values.
    struct Progression: Sendable {
        let first: ExactDecimal
        let step: ExactDecimal
        /// The index of its first value.
        let offset: Int
        let count: Int
    }

    /// `nil` if there are more than ``AxisGrid/maxCount`` values.
    init?(_ axis: Axis) {
        switch axis.scale {
        case .logarithmic(let grid):
            self = .listed(grid.values(in: axis.range))
        case .linear(let bins):
            var progressions: [Progression] = []
            var total = 0
            for (index, bin) in bins.enumerated() {
                let isLast = index == bins.count - 1
                let first = bin.from.roundedUp(toMultipleOf: bin.step)
                let last =
                    isLast ? bin.to.roundedDown(toMultipleOf: bin.step) : bin.to.previousMultiple(of: bin.step)
                guard first <= last else { continue }
                let count = (last.scaled - first.scaled) / bin.step.scaled + 1
                guard count + Int128(total) < Int128(AxisGrid.maxCount) else { return nil }
                progressions.append(Progression(first: first, step: bin.step, offset: total, count: Int(count)))
                total += Int(count)
            }
            self = .spaced(progressions)
        }
    }

    var count: Int {
        switch self {
        case .listed(let values): values.count
        case .spaced(let progressions): progressions.last.map { $0.offset + $0.count } ?? 0
        }
    }

    subscript(index: Int) -> ExactDecimal {
        switch self {
        case .listed(let values):
            return values[index]
        case .spaced(let progressions):
            guard let progression = progressions.last(where: { $0.offset <= index }) else {
                preconditionFailure("the values of an axis are numbered from 0")
            }
            return ExactDecimal(
                scaled: progression.first.scaled + Int128(index - progression.offset) * progression.step.scaled)
        }
    }

    func countBelow(_ value: ExactDecimal) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
