/// The parameters of an exploration in their declared order, and the rules for what is a point of them.
package struct Space: Hashable, Sendable {
    package let parameters: [Parameter]
    /// What every point must meet besides; their parameters are in the same order.
    package let constraints: [Constraint]
    private let fillerIndex: Int?
    /// The parameters' indices, sorted by name as bytes: the order in which a point's hash takes them.
    let hashingOrder: [Int]

    /// - Precondition: at most one parameter is a filler.
    package init(parameters: [Parameter], constraints: [Constraint] = []) {
        self.parameters = parameters
        self.constraints = constraints
        let fillers = parameters.indices.filter { if case .filler = parameters[$0].role { true } else { false } }
        precondition(fillers.count <= 1, "at most one parameter is a filler")
        fillerIndex = fillers.first
        // The equals sign belongs to what is compared: `A=` comes after `A1=`.
        hashingOrder = parameters.indices.sorted {
            "\(parameters[$0].name)=".utf8.lexicographicallyPrecedes("\(parameters[$1].name)=".utf8)
        }
    }

    /// The start point; nil where its mixing ratios are more than 1 in sum or a constraint is not met.
    package var start: Point? {
        point(settled: parameters.map(\.start))
    }

    /// The indices of the parameters that the search moves along.
    package var axes: [(index: Int, axis: Axis)] {
        parameters.indices.compactMap { index in
            if case .axis(let axis) = parameters[index].role { (index, axis) } else { nil }
        }
    }

    /// The point that has these values, its filler being what is left; nil where that would be negative, where the
    /// mixing ratios are more than 1 in sum, or where a constraint is not met.
    ///
    /// - Parameter values: one for each parameter; a filler's is not looked at.
    package func point(settled values: [ExactDecimal]) -> Point? {
        guard let filled = filled(values), firstUnmet(by: filled) == nil else { return nil }
        return Point(values: filled)
    }

    /// The first constraint that a point with these values does not meet.
    ///
    /// - Parameter values: one for each parameter, the filler's included.
    package func firstUnmet(by values: [ExactDecimal]) -> Constraint? {
        constraints.first { !$0.isMet(by: values) }
    }

    /// These values with the filler's in its place; nil where the mixing ratios are more than 1 in sum.
    package func filled(_ values: [ExactDecimal]) -> [ExactDecimal]? {
        var sum = ExactDecimal.zero
        for (index, parameter) in parameters.enumerated()
        where parameter.kind == .mixingRatio && index != fillerIndex {
            sum = sum + values[index]
        }
        guard sum <= .one else { return nil }
        guard let fillerIndex, case .filler(let decimals) = parameters[fillerIndex].role else {
            return values
        }
        var settled = values
        settled[fillerIndex] = (.one - sum).rounded(toDecimals: decimals)
        return settled
    }

    /// Reads a point's code.
    ///
    /// - Throws: ``PointError`` where it is not a point of this space.
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
        guard let filled = filled(values) else { throw .sumAboveOne(code: code) }
        if let fillerIndex, filled[fillerIndex] != values[fillerIndex] {
            throw .filler(name: parameters[fillerIndex].name, value: values[fillerIndex], rest: filled[fillerIndex])
        }
        if let constraint = firstUnmet(by: filled) { throw .constraint(code: code, constraint: constraint.text) }
        return Point(values: filled)
    }

    /// The key of a point in the ledger.
    package func hash(of point: Point) -> PointHash {
        PointHash(of: point, in: self)
    }
}

/// Why a text is not the code of a point.
package enum PointError: Error, Hashable, CustomStringConvertible {
    case count(code: String, found: Int, expected: [String])
    case notANumber(name: String, text: String)
    case notAMixingRatio(name: String, value: ExactDecimal)
    case sumAboveOne(code: String)
    case filler(name: String, value: ExactDecimal, rest: ExactDecimal)
    case constraint(code: String, constraint: String)

    package var description: String {
        switch self {
        case .count(let code, let found, let expected):
            "'\(code)' has \(found) values; a code of this exploration has \(expected.count): "
                + expected.joined(separator: ",")
        case .notANumber(let name, let text):
            "\(name): '\(text)' is not a decimal number below 1e12 with at most \(ExactDecimal.decimals) decimals"
        case .notAMixingRatio(let name, let value):
            "\(name): \(value) is not a mixing ratio, 0 to 1"
        case .sumAboveOne(let code):
            "'\(code)': the mixing ratios are more than 1 in sum"
        case .filler(let name, let value, let rest):
            "\(name) is the filler: the other values leave \(rest) for it, not \(value)"
        case .constraint(let code, let constraint):
            "'\(code)' does not meet the constraint '\(constraint)'"
        }
    }
}
