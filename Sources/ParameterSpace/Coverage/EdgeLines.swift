/// Where lines along one axis cross an edge, counted by the grids of a search that begins with a coarse one.
///
/// The coarse grid's lines are a sample of all lines, taken without regard to the edge: where they have been followed to
/// the end, they tell how often all lines of a finer grid will cross it.
package struct EdgeLines: Sendable {
    private let grids: EdgeGrids
    private let axis: Int
    /// Places of the edge on lines of the coarsest grid.
    private(set) var coarse = 0
    /// Ends of lines of the coarsest grid beyond which the search goes on.
    private(set) var open = 0
    /// Points of the coarsest grid, and how many of them are stable.
    private(set) var coarsePoints = 0
    private(set) var coarseStable = 0
    private var sharp = 0
    /// The lines within a step of which the edge is known, with where on them.
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

    /// How many of the lines that are to be probed are known to cross the edge.
    var found: Int { grids.probed == nil ? around.count : sharp }

    mutating func note(_ point: Point, isStable: Bool) {
        guard axis == 0, let place = grids.lattice.coordinates(of: point),
            place.level(atMost: grids.coarsest) == grids.coarsest
        else { return }
        coarsePoints += 1
        if isStable { coarseStable += 1 }
    }

    mutating func note(crossingBetween lower: Point, and upper: Point, isUpwards: Bool) {
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
        // A line may cross the edge again: eight steps on, or the other way, it is another place.
        var place = from
        place[axis] = 2 * (from[axis] >> 3) + (isUpwards ? 1 : 0)
        let key = keys.key(place)
        for move in moves { around.insert(key &+ move) }
    }

    mutating func note(openAt point: Point) {
        guard let place = grids.lattice.coordinates(of: point),
            place.level(atMost: grids.coarsest, apartFrom: axis) == grids.coarsest
        else { return }
        open += 1
    }
}
