#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The values that the search may give to one parameter: a grid of exact decimals within a range.
///
/// A value between two grid values (a start of 4.0e-4 on an axis with a step of 0.01) has them as its neighbours: one
/// step up leads to the next grid value above it.
package struct Axis: Hashable, Sendable {
    /// The layout of the grid.
    package enum Scale: Hashable, Sendable {
        /// Multiples of a step, which may differ between bins. The bins are sorted, and each starts where the previous
        /// one ends.
        case linear([Bin])
        /// A fixed number of values in each decade.
        case logarithmic(LogarithmicGrid)
    }

    /// A range of values with a separate step. Its grid is the multiples of `step` in `from ..< to` (`from ... to` in
    /// the last bin).
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
    /// The smallest and the largest value, both included.
    package let range: ClosedRange<ExactDecimal>

    package init(scale: Scale, range: ClosedRange<ExactDecimal>) {
        self.scale = scale
        self.range = range
    }

    /// Creates an axis with one step over its whole range.
    package init(step: ExactDecimal, range: ClosedRange<ExactDecimal>) {
        self.init(scale: .linear([Bin(from: range.lowerBound, to: range.upperBound, step: step)]), range: range)
    }

    /// Returns the next grid value above `value`; `nil` at the upper end.
    package func next(above value: ExactDecimal) -> ExactDecimal? {
        let candidate =
            switch scale {
            case .linear(let bins): Self.next(above: value, in: bins)
            case .logarithmic(let grid): grid.next(above: max(value, range.lowerBound - .leastPositive))
            }
        guard let candidate, candidate <= range.upperBound else { return nil }
        return candidate
    }

    /// Returns the next grid value below `value`; `nil` at the lower end.
    package func next(below value: ExactDecimal) -> ExactDecimal? {
        let candidate =
            switch scale {
            case .linear(let bins): Self.next(below: value, in: bins)
            case .logarithmic(let grid): grid.next(below: min(value, range.upperBound + .leastPositive))
            }
        guard let candidate, candidate >= range.lowerBound else { return nil }
        return candidate
    }

    /// Returns the grid values up to `steps` steps away, on each side the nearest first.
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

/// The values 10^(k/n) for all integers k, rounded to a number of significant digits and exact from there on.
///
/// With four steps per decade and three digits: … 1, 1.78, 3.16, 5.62, 10, 17.8 …
package struct LogarithmicGrid: Hashable, Sendable {
    /// The number of values in a decade: 1…1000.
    package let stepsPerDecade: Int
    /// The number of significant digits of a value: 1…12.
    package let significantDigits: Int
    /// The values of the decade from 1 to 10, as integers with `significantDigits` digits.
    private let mantissas: [Int128]

    /// `nil` if a number is out of range, or if the digits are too few to distinguish the steps.
    package init?(stepsPerDecade: Int, significantDigits: Int) {
        guard (1...1000).contains(stepsPerDecade), (1...12).contains(significantDigits) else { return nil }
        self.stepsPerDecade = stepsPerDecade
        self.significantDigits = significantDigits
        mantissas = (0..<stepsPerDecade).map { step in
            let exponent = Double(significantDigits - 1) + Double(step) / Double(stepsPerDecade)
            return Int128(pow(10, exponent).rounded())
        }
        let beyond = ExactDecimal.powerOfTen(significantDigits)
        guard zip(mantissas, mantissas.dropFirst() + [beyond]).allSatisfy({ $0 < $1 }) else { return nil }
    }

    /// The decades in which every grid is exact.
    static let reach = -12...11

    /// Returns the next grid value above `value`; `nil` beyond 10¹².
    func next(above value: ExactDecimal) -> ExactDecimal? {
        for decade in Self.reach where Self.powerOfTen(decade + 1) > value {
            if let found = values(in: decade).first(where: { $0 > value }) { return found }
        }
        return nil
    }

    /// Returns the next grid value below `value`; `nil` below 10⁻¹².
    func next(below value: ExactDecimal) -> ExactDecimal? {
        for decade in Self.reach.reversed() where Self.powerOfTen(decade) < value {
            if let found = values(in: decade).last(where: { $0 < value }) { return found }
        }
        return nil
    }

    /// Returns all grid values in a range, ascending.
    func values(in range: ClosedRange<ExactDecimal>) -> [ExactDecimal] {
        Self.reach.flatMap { values(in: $0).filter(range.contains) }
    }

    private func values(in decade: Int) -> some BidirectionalCollection<ExactDecimal> {
        let place = ExactDecimal.powerOfTen(ExactDecimal.decimals + decade - significantDigits + 1)
        return mantissas.lazy.map { ExactDecimal(scaled: $0 * place) }
    }

    private static func powerOfTen(_ exponent: Int) -> ExactDecimal {
        ExactDecimal(scaled: ExactDecimal.powerOfTen(ExactDecimal.decimals + exponent))
    }
}
