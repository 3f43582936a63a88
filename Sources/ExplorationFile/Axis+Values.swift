internal import ParameterSpace

extension Axis {
    /// More values than any axis that is searched to its end; beyond them, two different scales count as incompatible.
    private static let comparedValues = 100_000

    /// Whether every value of `other` is one of this axis too.
    func hasAllValues(of other: Axis) -> Bool {
        if scale == other.scale {
            return range.lowerBound <= other.range.lowerBound && range.upperBound >= other.range.upperBound
        }
        let lowest = other.range.lowerBound
        var value = other.has(lowest) ? lowest : other.next(above: lowest)
        for _ in 0..<Self.comparedValues {
            guard let current = value else { return true }
            guard has(current) else { return false }
            value = other.next(above: current)
        }
        return false
    }

    /// Whether a value is on the grid: then the way to a neighbour and back leads to it.
    private func has(_ value: ExactDecimal) -> Bool {
        guard range.contains(value) else { return false }
        if let above = next(above: value) { return next(below: above) == value }
        if let below = next(below: value) { return next(above: below) == value }
        return true
    }
}
