#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A number on the way through a condition: exact as long as it can be, binary floating point from there on.
///
/// Sums, differences and products of parameters are exact unless they leave the range or the resolution of
/// ``ExactDecimal``; quotients are exact where they have an end as a decimal; roots and logarithms never are.
enum ConstraintNumber {
    case exact(ExactDecimal)
    case rounded(Double)

    var doubleValue: Double {
        switch self {
        case .exact(let exact): exact.doubleValue
        case .rounded(let rounded): rounded
        }
    }

    /// Nil where the number is not finite: nothing can be said of it.
    private static func finite(_ value: Double) -> ConstraintNumber? {
        value.isFinite ? .rounded(value) : nil
    }

    private func combined(
        with other: ConstraintNumber, exactly: (ExactDecimal, ExactDecimal) -> ExactDecimal?,
        roundly: (Double, Double) -> Double
    ) -> ConstraintNumber? {
        if case .exact(let left) = self, case .exact(let right) = other, let result = exactly(left, right) {
            return .exact(result)
        }
        return Self.finite(roundly(doubleValue, other.doubleValue))
    }

    func plus(_ other: ConstraintNumber) -> ConstraintNumber? {
        combined(with: other, exactly: { $0.added(to: $1) }, roundly: +)
    }

    func minus(_ other: ConstraintNumber) -> ConstraintNumber? {
        combined(with: other, exactly: { $0.subtracting($1) }, roundly: -)
    }

    func times(_ other: ConstraintNumber) -> ConstraintNumber? {
        combined(with: other, exactly: { $0.multiplied(by: $1) }, roundly: *)
    }

    func over(_ other: ConstraintNumber) -> ConstraintNumber? {
        combined(with: other, exactly: { $0.divided(by: $1) }, roundly: /)
    }

    /// Below zero, zero or above zero, as this number is less than, equal to or greater than the other.
    func compared(to other: ConstraintNumber) -> Int {
        if case .exact(let left) = self, case .exact(let right) = other {
            return left < right ? -1 : (left == right ? 0 : 1)
        }
        let (left, right) = (doubleValue, other.doubleValue)
        return left < right ? -1 : (left == right ? 0 : 1)
    }

    var squareRoot: ConstraintNumber? {
        Self.finite(doubleValue.squareRoot())
    }

    var commonLogarithm: ConstraintNumber? {
        Self.finite(log10(doubleValue))
    }
}
