/// A line of places along the axis that an edge is most nearly at right angles to.
struct EdgeColumn {
    struct Move {
        let axis: Int
        let direction: Int
    }

    /// A place on the line.
    let base: Lattice.Coordinates
    let axis: Int
    /// 1 or -1: which way along the line the inside lies.
    let inwards: Int
    /// How far along the line from ``base`` the edge is expected, in steps.
    let expected: Double

    /// The line beside this one, with the edge expected where its tangent plane meets it.
    func moved(_ moves: [Move], times distance: Int, slope: [Double]) -> EdgeColumn {
        var base = base
        var expected = expected
        for move in moves {
            base[move.axis] += move.direction * distance
            // No steeper than the axis allows that the plane is most nearly at right angles to.
            let rise = max(-1, min(1, -slope[move.axis] / slope[axis]))
            expected += rise * Double(move.direction * distance)
        }
        return EdgeColumn(base: base, axis: axis, inwards: inwards, expected: expected)
    }
}
