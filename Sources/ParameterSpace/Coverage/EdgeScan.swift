/// Measures how well an edge is known along one axis, from finished points that come sorted, one line of the grid after
/// the other. It holds one point, however many there are.
///
/// A line has the points that differ in nothing but the axis's value. Where two of them that follow each other have
/// different verdicts, the edge lies between: known to as many steps as there are from one to the other.
package struct EdgeScan: Sendable {
    /// The axis, by its place among the space's axes.
    package let axis: Int
    /// The parameters, by their place in the declared order, that points are to be sorted by: the axis's is the last.
    package let order: [Int]
    /// How often the edge lies between two points of a line, by the steps between them.
    package private(set) var pairs: [Int: Int] = [:]
    /// How often a line's last known point, on either side, is stable though the space goes on there.
    package private(set) var open = 0
    /// Points that are not on the axis's grid, and were passed over.
    package private(set) var offGrid = 0
    /// What it means on the grids of a search that moves on a lattice; nil where there is none.
    package private(set) var lines: EdgeLines?

    private let space: Space
    private let parameter: Int
    private let grid: AxisGrid
    private var previous: (point: Point, index: Int, isStable: Bool)?

    /// - Parameter grids: the grids of the search; nil where it has none.
    /// - Returns: nil where the axis has too many values to be numbered.
    package init?(_ space: Space, axis: Int, on grids: EdgeGrids? = nil) {
        let (parameter, line) = space.axes[axis]
        guard let grid = AxisGrid(line, start: space.parameters[parameter].start) else { return nil }
        self.space = space
        self.axis = axis
        lines = grids.map { EdgeLines(axis: axis, on: $0) }
        self.parameter = parameter
        self.grid = grid
        let others = space.parameters.indices.filter {
            if case .filler = space.parameters[$0].role { false } else { $0 != parameter }
        }
        order = others + [parameter]
    }

    /// Takes the next finished point.
    package mutating func note(_ point: Point, isStable: Bool) {
        guard let index = grid.index(of: point.values[parameter]) else {
            offGrid += 1
            return
        }
        lines?.note(point, isStable: isStable)
        if let previous, order.dropLast().allSatisfy({ previous.point.values[$0] == point.values[$0] }) {
            if previous.isStable != isStable {
                pairs[index - previous.index, default: 0] += 1
                lines?.note(crossingBetween: previous.point, and: point, isUpwards: isStable)
            }
        } else {
            end()
            if isStable, isPoint(beside: point, at: index - 1) { noteOpen(point) }
        }
        previous = (point, index, isStable)
    }

    /// Says that there are no more points.
    package mutating func end() {
        guard let previous else { return }
        if previous.isStable, isPoint(beside: previous.point, at: previous.index + 1) { noteOpen(previous.point) }
        self.previous = nil
    }

    private mutating func noteOpen(_ point: Point) {
        open += 1
        lines?.note(openAt: point)
    }

    private func isPoint(beside point: Point, at index: Int) -> Bool {
        guard (0..<grid.count).contains(index) else { return false }
        var values = point.values
        values[parameter] = grid.value(at: index)
        return space.point(settled: values) != nil
    }
}
