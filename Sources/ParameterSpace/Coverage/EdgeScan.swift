/// Measures how well an edge is known along one axis, from sorted finished points, one line of the grid after another.
/// It holds only one point at a time.
///
/// The points of a line differ only in the axis's value. If two consecutive ones have different verdicts, the edge runs
/// between them; its place is known to within the number of steps between them.
package struct EdgeScan: Sendable {
    /// The axis, by its place among the space's axes.
    package let axis: Int
    /// The parameters by which the points must be sorted, as places in declared order; the axis's parameter is the
    /// last.
    package let order: [Int]
    /// The number of places where the edge runs between two points of a line, by the steps between them.
    package private(set) var pairs: [Int: Int] = [:]
    /// The number of lines' ends that are stable although the space continues there.
    package private(set) var open = 0
    /// The number of points off the axis's grid; they are ignored.
    package private(set) var offGrid = 0
    /// The same edge on the grids of a search that moves on a lattice; `nil` for other searches.
    package private(set) var lines: EdgeLines?

    private let space: Space
    private let parameter: Int
    private let grid: AxisGrid
    private var previous: (point: Point, index: Int, isStable: Bool)?

    /// - Parameter grids: the grids of the search; `nil` if it has none.
    /// - Returns: `nil` if the axis has too many values for a grid.
    package init?(_ space: Space, axis: Int, on grids: EdgeGrids? = nil) {
        let (parameter, line) = space.axes[axis]
        guard let grid = AxisGrid(line, start: space.parameters[parameter].start) else { return nil }
        self.space = space
        self.axis = axis
        lines = grids.map { EdgeLines(axis: axis, on: $0) }
        self.parameter = parameter
        self.grid = grid
        let others = space.parameters.indices.filter {
            if case .remainder = space.parameters[$0].role { false } else { $0 != parameter }
        }
        order = others + [parameter]
    }

    /// Adds the next finished point.
    package mutating func add(_ point: Point, isStable: Bool) {
        guard let index = grid.index(of: point.values[parameter]) else {
            offGrid += 1
            return
        }
        lines?.add(point, isStable: isStable)
        if let previous, order.dropLast().allSatisfy({ previous.point.values[$0] == point.values[$0] }) {
            if previous.isStable != isStable {
                pairs[index - previous.index, default: 0] += 1
                lines?.add(crossingBetween: previous.point, and: point, isUpwards: isStable)
            }
        } else {
            end()
            if isStable, isPoint(beside: point, at: index - 1) { addOpenEnd(point) }
        }
        previous = (point, index, isStable)
    }

    /// Completes the scan after the last point.
    package mutating func end() {
        guard let previous else { return }
        if previous.isStable, isPoint(beside: previous.point, at: previous.index + 1) { addOpenEnd(previous.point) }
        self.previous = nil
    }

    private mutating func addOpenEnd(_ point: Point) {
        open += 1
        lines?.add(openAt: point)
    }

    private func isPoint(beside point: Point, at index: Int) -> Bool {
        guard (0..<grid.count).contains(index) else { return false }
        var values = point.values
        values[parameter] = grid.value(at: index)
        return space.point(completing: values) != nil
    }
}

/// The grids on which a search looks for an edge, from the initial coarse one to the final one.
package struct EdgeGrids: Sendable {
    let lattice: Lattice
    /// The level of the coarsest grid; see ``FrontierRules``.
    let coarsest: Int
    /// The level of the grid whose lines must all be probed; `nil` if a probed line within one step suffices.
    let probed: Int?
    /// The final distance between two points with different verdicts, in units.
    let tolerance: Int
    /// Whether the inside is run at every place.
    let fills: Bool

    /// - Returns: `nil` if the strategy does not begin with a coarse grid.
    package init?(_ strategy: Strategy, in space: Space) {
        let units: [Int]
        switch strategy {
        case .frontier(let frontier):
            units = frontier.resolution
            coarsest = frontier.initialStep.trailingZeroBitCount
            probed = frontier.traceStep.trailingZeroBitCount
            tolerance = frontier.tolerance
            fills = frontier.interior == .fill
        case .adaptive(let adaptive):
            units = adaptive.resolution
            coarsest = adaptive.initialStep.trailingZeroBitCount
            probed = nil
            tolerance = 1
            fills = false
        case .flood, .sequence:
            return nil
        }
        guard let lattice = Lattice(space, units: units) else { return nil }
        self.lattice = lattice
    }

    /// The number of lines along an axis on the grid of a level, for each line on the coarsest grid.
    func linesOfCoarse(probed level: Int) -> Double {
        Double(sign: .plus, exponent: (coarsest - level) * (lattice.dimensions - 1), significand: 1)
    }

    /// The number of places on the lattice for each place on the coarsest grid.
    var placesOfCoarse: Double { Double(sign: .plus, exponent: coarsest * lattice.dimensions, significand: 1) }
}

/// The number of edge crossings of lines along one axis, by the grids of a search that begins with a coarse one.
///
/// The lines of the coarse grid are a sample of all lines, chosen independently of the edge. Once they have been
/// followed to the end, they predict how often all lines of a finer grid cross the edge.
package struct EdgeLines: Sendable {
    private let grids: EdgeGrids
    private let axis: Int
    /// Places of the edge on lines of the coarsest grid.
    private(set) var coarse = 0
    /// Ends of lines of the coarsest grid beyond which the search continues.
    private(set) var open = 0
    /// Points of the coarsest grid, and the stable ones among them.
    private(set) var coarsePoints = 0
    private(set) var coarseStable = 0
    private var sharp = 0
    /// The lines within one step of which the edge is known, together with the place on the line.
    private var around: Set<LatticeKeys.Key> = []
    private let keys: LatticeKeys
    private let moves: [LatticeKeys.Key]

    init(axis: Int, on grids: EdgeGrids) {
        self.axis = axis
        self.grids = grids
        let dimensions = grids.lattice.dimensions
        let keys = LatticeKeys(dimensions: dimensions)
        self.keys = keys
        moves = (0..<dimensions).filter { $0 != axis }.reduce([0]) { moves, axis in
            moves.flatMap { move in [-1, 0, 1].map { move &+ keys.move(axis, by: $0) } }
        }
    }

    /// The number of lines to be probed that are known to cross the edge.
    var found: Int { grids.probed == nil ? around.count : sharp }

    mutating func add(_ point: Point, isStable: Bool) {
        guard axis == 0, let place = grids.lattice.coordinates(of: point),
            place.level(atMost: grids.coarsest) == grids.coarsest
        else { return }
        coarsePoints += 1
        if isStable { coarseStable += 1 }
    }

    mutating func add(crossingBetween lower: Point, and upper: Point, isUpwards: Bool) {
        guard let from = grids.lattice.coordinates(of: lower), let to = grids.lattice.coordinates(of: upper) else {
            return
        }
        let level = from.level(atMost: grids.coarsest, apartFrom: axis)
        if level == grids.coarsest { coarse += 1 }
        guard to[axis] - from[axis] <= grids.tolerance else { return }
        if let probed = grids.probed {
            if level >= probed { sharp += 1 }
            return
        }
        // A line may cross the edge again: a crossing eight steps away, or in the other direction, is another place.
        var place = from
        place[axis] = 2 * (from[axis] >> 3) + (isUpwards ? 1 : 0)
        let key = keys.key(place)
        for move in moves { around.insert(key &+ move) }
    }

    mutating func add(openAt point: Point) {
        guard let place = grids.lattice.coordinates(of: point),
            place.level(atMost: grids.coarsest, apartFrom: axis) == grids.coarsest
        else { return }
        open += 1
    }
}
