#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A condition that every point of an exploration meets, such as `CO2 + CH4 < 0.5`.
///
/// Arithmetic (`+ - * /`, `abs log10 max min sqrt`) over the parameters, compared (`< <= > >= == !=`, also in chains:
/// `0.1 < O2 <= 0.3`) and combined (`and`, `or`, `not`, brackets). Sums, differences and products are exact decimals.
/// If a number cannot be computed, as in a division by zero, the condition is not met.
package struct Constraint: Hashable, Sendable {
    /// The condition as the user wrote it.
    package let text: String
    private let condition: ConstraintCondition

    /// Reads a condition.
    ///
    /// - Parameter parameters: the parameters' names in declared order.
    /// - Throws: ``ConstraintError`` with the column of the error.
    package init(_ text: String, parameters: [String]) throws(ConstraintError) {
        var parser = try ConstraintParser(text, parameters: parameters)
        condition = try parser.parse()
        self.text = text
    }

    /// Whether a point with these values (in declared order) meets the condition.
    package func isMet(by values: [ExactDecimal]) -> Bool {
        condition.holds(at: values) ?? false
    }
}

/// The reason why a text is not a valid condition.
package struct ConstraintError: Error, Hashable, CustomStringConvertible {
    /// The whole text.
    package let text: String
    /// The place of the error, in characters from 1.
    package let column: Int
    /// The error and how to correct it.
    package let message: String

    package var description: String {
        "'\(text)', column \(column): \(message)"
    }
}

/// A Boolean expression over a point.
indirect enum ConstraintCondition: Hashable, Sendable {
    enum Relation: String, CaseIterable, Hashable, Sendable {
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
        case equal = "=="
        case unequal = "!="

        func holds(_ order: Int) -> Bool {
            switch self {
            case .less: order < 0
            case .atMost: order <= 0
            case .greater: order > 0
            case .atLeast: order >= 0
            case .equal: order == 0
            case .unequal: order != 0
            }
        }
    }

    /// `a < b <= c`: each relation holds between its neighbours.
    case comparison(ConstraintExpression, [Link])
    case and(ConstraintCondition, ConstraintCondition)
    case or(ConstraintCondition, ConstraintCondition)
    case not(ConstraintCondition)

    struct Link: Hashable, Sendable {
        let relation: Relation
        let right: ConstraintExpression
    }

    /// Whether the condition holds; `nil` if a number in it cannot be computed.
    func holds(at values: [ExactDecimal]) -> Bool? {
        switch self {
        case .comparison(let first, let links):
            guard var left = first.value(at: values) else { return nil }
            for link in links {
                guard let right = link.right.value(at: values) else { return nil }
                guard link.relation.holds(left.compared(to: right)) else { return false }
                left = right
            }
            return true
        case .and(let left, let right):
            guard let left = left.holds(at: values) else { return nil }
            return left ? right.holds(at: values) : false
        case .or(let left, let right):
            guard let left = left.holds(at: values) else { return nil }
            return left ? true : right.holds(at: values)
        case .not(let condition):
            return condition.holds(at: values).map { !$0 }
        }
    }
}

/// Arithmetic over the parameters of a point.
indirect enum ConstraintExpression: Hashable, Sendable {
    enum Operation: String, Hashable, Sendable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
    }

    enum Function: String, CaseIterable, Hashable, Sendable {
        case abs, log10, max, min, sqrt

        /// The number of arguments; `nil` for two or more.
        var arity: Int? {
            switch self {
            case .abs, .log10, .sqrt: 1
            case .max, .min: nil
            }
        }
    }

    case number(ExactDecimal)
    /// A parameter, by its place in declared order.
    case parameter(Int)
    case operation(Operation, ConstraintExpression, ConstraintExpression)
    case call(Function, [ConstraintExpression])

    /// The value at a point; `nil` for a division by zero, or a root or logarithm outside its domain.
    func value(at values: [ExactDecimal]) -> ConstraintNumber? {
        switch self {
        case .number(let number):
            return .exact(number)
        case .parameter(let index):
            return .exact(values[index])
        case .operation(let operation, let left, let right):
            guard let left = left.value(at: values), let right = right.value(at: values) else { return nil }
            return switch operation {
            case .plus: left.plus(right)
            case .minus: left.minus(right)
            case .times: left.times(right)
            case .over: left.over(right)
            }
        case .call(let function, let arguments):
            let arguments = arguments.compactMap { $0.value(at: values) }
            guard arguments.count == self.argumentCount, let first = arguments.first else { return nil }
            return switch function {
            case .abs: first.compared(to: .exact(.zero)) < 0 ? ConstraintNumber.exact(.zero).minus(first) : first
            case .log10: first.commonLogarithm
            case .sqrt: first.squareRoot
            case .max: arguments.dropFirst().reduce(first) { $1.compared(to: $0) > 0 ? $1 : $0 }
            case .min: arguments.dropFirst().reduce(first) { $1.compared(to: $0) < 0 ? $1 : $0 }
            }
        }
    }

    private var argumentCount: Int {
        if case .call(_, let arguments) = self { arguments.count } else { 0 }
    }
}

/// An intermediate result: exact while possible, then binary floating point.
///
/// Sums, differences and products of parameters are exact unless they leave the range or the resolution of
/// ``ExactDecimal``. Quotients are exact if they are finite decimals. Roots and logarithms are never exact.
enum ConstraintNumber {
    case exact(ExactDecimal)
    case rounded(Double)

    var doubleValue: Double {
        switch self {
        case .exact(let exact): exact.doubleValue
        case .rounded(let rounded): rounded
        }
    }

    /// `nil` if the number is infinite or NaN.
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

    /// Returns -1, 0 or 1 if this number is less than, equal to or greater than the other.
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
