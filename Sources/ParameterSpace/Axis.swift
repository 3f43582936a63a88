/// The values that the search may give to one parameter: a grid of exact decimals between a lowest and a highest.
///
/// A value off the grid (a start of 4.0e-4 on an axis with a step of 0.01) has the grid's values on both sides of it
/// as neighbours: one step up is the next grid value above it.
package struct Axis: Hashable, Sendable {
    /// How the grid is laid.
    package enum Scale: Hashable, Sendable {
        /// Multiples of a step, which may differ by range of value; sorted, each bin starting where the last one ends.
        case linear([Bin])
        /// A number of values in each decade.
        case logarithmic(LogarithmicGrid)
    }

    /// A range of values with a step of its own: the grid there is the multiples of `step` that lie in `from ..< to`
    /// (`from ... to` in the last bin).
    package struct Bin: Hashable, Sendable {
        package let from: ExactDecimal
        package let to: ExactDecimal
        package let step: ExactDecimal

        /// - Precondition: `step` is above zero, `from` below `to`.
        package init(from: ExactDecimal, to: ExactDecimal, step: ExactDecimal) {
            precondition(step > .zero && from < to, "a bin needs a step above zero and a range")
            self.from = from
            self.to = to
            self.step = step
        }
    }

    package let scale: Scale
    /// The lowest and the highest value, both included.
    package let range: ClosedRange<ExactDecimal>

    package init(scale: Scale, range: ClosedRange<ExactDecimal>) {
        self.scale = scale
        self.range = range
    }

    /// One step size from the lowest value to the highest.
    package init(step: ExactDecimal, range: ClosedRange<ExactDecimal>) {
        self.init(scale: .linear([Bin(from: range.lowerBound, to: range.upperBound, step: step)]), range: range)
    }

    /// The grid value next above `value`, or nil beyond the highest.
    package func next(above value: ExactDecimal) -> ExactDecimal? {
        let candidate =
            switch scale {
            case .linear(let bins): Self.next(above: value, in: bins)
            case .logarithmic(let grid): grid.next(above: max(value, range.lowerBound - .leastPositive))
            }
        guard let candidate, candidate <= range.upperBound else { return nil }
        return candidate
    }

    /// The grid value next below `value`, or nil beyond the lowest.
    package func next(below value: ExactDecimal) -> ExactDecimal? {
        let candidate =
            switch scale {
            case .linear(let bins): Self.next(below: value, in: bins)
            case .logarithmic(let grid): grid.next(below: min(value, range.upperBound + .leastPositive))
            }
        guard let candidate, candidate >= range.lowerBound else { return nil }
        return candidate
    }

    /// The grid values up to `steps` steps away on either side, nearest first on each: those below, then those above.
    package func neighbours(of value: ExactDecimal, steps: Int) -> (below: [ExactDecimal], above: [ExactDecimal]) {
        (walk(from: value, steps: steps, next(below:)), walk(from: value, steps: steps, next(above:)))
    }

    private func walk(
        from value: ExactDecimal, steps: Int, _ next: (ExactDecimal) -> ExactDecimal?
    ) -> [ExactDecimal] {
        var found: [ExactDecimal] = []
        var current = value
        while found.count < steps, let following = next(current) {
            found.append(following)
            current = following
        }
        return found
    }

    private static func next(above value: ExactDecimal, in bins: [Bin]) -> ExactDecimal? {
        for (index, bin) in bins.enumerated() {
            let isLast = index == bins.count - 1
            let candidate = max(bin.from.roundedUp(toMultipleOf: bin.step), value.nextMultiple(of: bin.step))
            if candidate < bin.to || (isLast && candidate == bin.to) { return candidate }
        }
        return nil
    }

    private static func next(below value: ExactDecimal, in bins: [Bin]) -> ExactDecimal? {
        for (index, bin) in bins.enumerated().reversed() {
            let isLast = index == bins.count - 1
            let highest = isLast ? bin.to.roundedDown(toMultipleOf: bin.step) : bin.to.previousMultiple(of: bin.step)
            let candidate = min(highest, value.previousMultiple(of: bin.step))
            if candidate >= bin.from { return candidate }
        }
        return nil
    }
}

extension ExactDecimal {
    /// The greatest multiple of `step` that is not above this value.
    func roundedDown(toMultipleOf step: ExactDecimal) -> ExactDecimal {
        var quotient = scaled / step.scaled
        if quotient * step.scaled > scaled { quotient -= 1 }
        return ExactDecimal(scaled: quotient * step.scaled)
    }

    /// The least multiple of `step` that is not below this value.
    func roundedUp(toMultipleOf step: ExactDecimal) -> ExactDecimal {
        let down = roundedDown(toMultipleOf: step)
        return down == self ? down : down + step
    }

    /// The least multiple of `step` above this value.
    func nextMultiple(of step: ExactDecimal) -> ExactDecimal {
        roundedDown(toMultipleOf: step) + step
    }

    /// The greatest multiple of `step` below this value.
    func previousMultiple(of step: ExactDecimal) -> ExactDecimal {
        roundedUp(toMultipleOf: step) - step
    }
}
