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

        /// How many arguments it takes; nil: two or more.
        var arity: Int? {
            switch self {
            case .abs, .log10, .sqrt: 1
            case .max, .min: nil
            }
        }
    }

    case number(ExactDecimal)
    /// By its place in the declared order.
    case parameter(Int)
    case operation(Operation, ConstraintExpression, ConstraintExpression)
    case call(Function, [ConstraintExpression])

    /// The value at a point; nil where there is none: a division by zero, a root or a logarithm out of its range.
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
