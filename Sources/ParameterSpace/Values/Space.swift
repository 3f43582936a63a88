/// The parameters of an exploration in declared order, and the rules that decide which values form a point.
package struct Space: Hashable, Sendable {
    package let parameters: [Parameter]
    /// The conditions that every point must meet, with their parameters in the same order.
    package let constraints: [Constraint]
    private let remainderIndex: Int?
    /// The parameters' indices, sorted by name as bytes: their order in a point's hash.
    let hashingOrder: [Int]

    /// - Precondition: at most one parameter is the remainder.
    package init(parameters: [Parameter], constraints: [Constraint] = []) {
        self.parameters = parameters
        self.constraints = constraints
        let remainders = parameters.indices.filter { if case .remainder = parameters[$0].role { true } else { false } }
        precondition(remainders.count <= 1, "at most one parameter is the remainder")
        remainderIndex = remainders.first
        // The equals sign is part of the sort key: `A=` comes after `A1=`.
        hashingOrder = parameters.indices.sorted {
            "\(parameters[$0].name)=".utf8.lexicographicallyPrecedes("\(parameters[$1].name)=".utf8)
        }
    }

    /// The start point; `nil` if the sum of its mixing ratios exceeds 1 or it violates a constraint.
    package var start: Point? {
        point(completing: parameters.map(\.start))
    }

    /// The parameters that the search varies, with their indices.
    package var axes: [(index: Int, axis: Axis)] {
        parameters.indices.compactMap { index in
            if case .axis(let axis) = parameters[index].role { (index, axis) } else { nil }
        }
    }

    /// The point with these values, the remainder computed. `nil` if the sum of the mixing ratios exceeds 1 or a
    /// constraint is violated.
    ///
    /// - Parameter values: one for each parameter; the remainder's is ignored.
    package func point(completing values: [ExactDecimal]) -> Point? {
        guard let completed = completed(values), firstViolated(by: completed) == nil else { return nil }
        return Point(values: completed)
    }

    /// The first constraint that a point with these values violates.
    ///
    /// - Parameter values: one for each parameter, the remainder's included.
    package func firstViolated(by values: [ExactDecimal]) -> Constraint? {
        constraints.first { !$0.isMet(by: values) }
    }

    /// Replaces the remainder's value by the computed one; `nil` if the sum of the other mixing ratios exceeds 1.
    package func completed(_ values: [ExactDecimal]) -> [ExactDecimal]? {
        var sum = ExactDecimal.zero
        for (index, parameter) in parameters.enumerated()
        where parameter.kind == .mixingRatio && index != remainderIndex {
            sum = sum + values[index]
        }
        guard sum <= .one else { return nil }
        guard let remainderIndex, case .remainder(let decimals) = parameters[remainderIndex].role else {
            return values
        }
        var completed = values
        completed[remainderIndex] = (.one - sum).rounded(toDecimals: decimals)
        return completed
    }

    /// Reads a point's code.
    ///
    /// - Throws: ``PointError`` if the code is not a point of this space.
    package func point(code: String) throws(PointError) -> Point {
        let fields = code.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == parameters.count else {
            throw .count(code: code, found: fields.count, expected: parameters.map(\.name))
        }
        var values: [ExactDecimal] = []
        for (field, parameter) in zip(fields, parameters) {
            guard let value = ExactDecimal(String(field)) else {
                throw .notANumber(name: parameter.name, text: String(field))
            }
            if parameter.kind == .mixingRatio, value < .zero || value > .one {
                throw .notAMixingRatio(name: parameter.name, value: value)
            }
            values.append(value)
        }
        guard let completed = completed(values) else { throw .sumAboveOne(code: code) }
        if let remainderIndex, completed[remainderIndex] != values[remainderIndex] {
            throw .remainder(
                name: parameters[remainderIndex].name, value: values[remainderIndex], rest: completed[remainderIndex])
        }
        if let constraint = firstViolated(by: completed) { throw .constraint(code: code, constraint: constraint.text) }
        return Point(values: completed)
    }

    /// The key of a point in the ledger.
    package func hash(of point: Point) -> PointHash {
        PointHash(of: point, in: self)
    }
}

/// The reason why a text is not the code of a point.
package enum PointError: Error, Hashable, CustomStringConvertible {
    case count(code: String, found: Int, expected: [String])
    case notANumber(name: String, text: String)
    case notAMixingRatio(name: String, value: ExactDecimal)
    case sumAboveOne(code: String)
    case remainder(name: String, value: ExactDecimal, rest: ExactDecimal)
    case constraint(code: String, constraint: String)

    package var description: String {
        switch self {
        case .count(let code, let found, let expected):
            "'\(code)' has \(found) values instead of \(expected.count): "
                + expected.joined(separator: ",")
        case .notANumber(let name, let text):
            "\(name): '\(text)' is not a decimal number below 1e12 with at most \(ExactDecimal.decimals) decimals"
        case .notAMixingRatio(let name, let value):
            "\(name): \(value) is not a mixing ratio from 0 to 1"
        case .sumAboveOne(let code):
            "'\(code)': the sum of the mixing ratios exceeds 1"
        case .remainder(let name, let value, let rest):
            "\(name) is the remainder: it must be \(rest), not \(value)"
        case .constraint(let code, let constraint):
            "'\(code)' violates the constraint '\(constraint)'"
        }
    }
}

/// A named input of the model.
package struct Parameter: Hashable, Sendable {
    /// The kind of quantity.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A mixing ratio, 0…1; the sum over all mixing ratios of a point is at most 1.
        case mixingRatio = "mixing_ratio"
        /// Any other number.
        case scalar
    }

    /// The source of its value.
    package enum Role: Hashable, Sendable {
        /// The search varies it.
        case axis(Axis)
        /// It keeps its start value.
        case fixed
        /// It makes the sum of the mixing ratios 1, rounded to a number of decimals.
        case remainder(decimals: Int)
    }

    package let name: String
    package let kind: Kind
    package let role: Role
    /// The value at the start point; computed for the remainder.
    package let start: ExactDecimal
    /// The unit, `mol/mol` for a mixing ratio; used in column comments, axes and legends.
    package let unit: String
    package let description: String

    package init(
        name: String, kind: Kind, role: Role, start: ExactDecimal, unit: String, description: String
    ) {
        self.name = name
        self.kind = kind
        self.role = role
        self.start = start
        self.unit = unit
        self.description = description
    }
}
