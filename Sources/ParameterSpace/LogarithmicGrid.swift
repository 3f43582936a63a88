#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The values 10^(k/n), k a whole number, each rounded to a stated number of significant digits and exact from there on.
///
/// With four steps per decade and three digits: … 1, 1.78, 3.16, 5.62, 10, 17.8 …
package struct LogarithmicGrid: Hashable, Sendable {
    /// How many values a decade has: 1…1000.
    package let stepsPerDecade: Int
    /// How many significant digits each has: 1…12.
    package let significantDigits: Int
    /// The values of the decade from 1 to 10, as whole numbers of `significantDigits` digits.
    private let mantissas: [Int128]

    /// Returns nil where the numbers are out of range, or where so few digits cannot tell so many steps apart.
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

    /// The lowest and highest values that every grid can reach without losing digits.
    static let reach = -12...11

    /// The grid value next above `value`, or nil beyond 10¹².
    func next(above value: ExactDecimal) -> ExactDecimal? {
        for decade in Self.reach where Self.powerOfTen(decade + 1) > value {
            if let found = values(in: decade).first(where: { $0 > value }) { return found }
        }
        return nil
    }

    /// The grid value next below `value`, or nil below 10⁻¹².
    func next(below value: ExactDecimal) -> ExactDecimal? {
        for decade in Self.reach.reversed() where Self.powerOfTen(decade) < value {
            if let found = values(in: decade).last(where: { $0 < value }) { return found }
        }
        return nil
    }

    /// All grid values of a range, ascending.
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
