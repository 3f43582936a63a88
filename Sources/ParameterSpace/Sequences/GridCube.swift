/// The axes' values of a space, by their numbers: where sequences put their points.
struct GridCube: Sendable {
    private let space: Space
    private let lines: [(parameter: Int, grid: AxisGrid)]

    /// Nil where the space has no axes, or one with no values or too many to be numbered.
    init?(_ space: Space) {
        var lines: [(parameter: Int, grid: AxisGrid)] = []
        for (index, axis) in space.axes {
            guard let grid = AxisGrid(axis) else { return nil }
            lines.append((index, grid))
        }
        guard !lines.isEmpty else { return nil }
        self.space = space
        self.lines = lines
    }

    var dimensions: Int { lines.count }

    /// How many values each axis has.
    var counts: [Int] { lines.map(\.grid.count) }

    /// - Parameter indices: the number of a value on each axis.
    func point(at indices: [Int]) -> Point? {
        var values = space.parameters.map(\.start)
        for (line, index) in zip(lines, indices) { values[line.parameter] = line.grid.value(at: index) }
        return space.point(settled: values)
    }
}
