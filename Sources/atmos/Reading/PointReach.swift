internal import ParameterSpace

/// Whether the search could come to a point at all.
struct PointReach {
    let space: Space

    /// Why it could not; empty where it could.
    func obstacles(to point: Point) -> [String] {
        zip(space.parameters, point.values).compactMap { parameter, value in
            switch parameter.role {
            case .filler: nil
            case .fixed:
                value == parameter.start
                    ? nil : "\(parameter.name) is not varied: it is \(parameter.start) everywhere, not \(value)"
            case .axis(let axis): value == parameter.start ? nil : obstacle(on: axis, parameter.name, value)
            }
        }
    }

    private func obstacle(on axis: Axis, _ name: String, _ value: ExactDecimal) -> String? {
        let (lowest, highest) = (axis.range.lowerBound, axis.range.upperBound)
        if value < lowest { return "\(name) = \(value) is outside of its axis, below the lowest value \(lowest)" }
        if value > highest { return "\(name) = \(value) is outside of its axis, above the highest value \(highest)" }
        let below = axis.next(below: value)
        let above = axis.next(above: value)
        // A value of the grid is the one next above the greatest number below it.
        guard axis.next(above: value - .leastPositive) != value else { return nil }
        let nearest = [below, above].compactMap { $0?.description }.joined(separator: " and ")
        return "\(name) = \(value) is not on the grid of its axis: the nearest values are \(nearest)"
    }
}
