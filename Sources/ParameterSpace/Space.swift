/// The parameters of an exploration in their declared order, and the rules for what is a point of them.
package struct Space: Hashable, Sendable {
    package let parameters: [Parameter]
    private let fillerIndex: Int?
    /// The parameters' indices, sorted by name as bytes: the order in which a point's hash takes them.
    let hashingOrder: [Int]

    /// - Precondition: at most one parameter is a filler.
    package init(parameters: [Parameter]) {
        self.parameters = parameters
        let fillers = parameters.indices.filter { if case .filler = parameters[$0].role { true } else { false } }
        precondition(fillers.count <= 1, "at most one parameter is a filler")
        fillerIndex = fillers.first
        // The equals sign belongs to what is compared: `A=` comes after `A1=`.
        hashingOrder = parameters.indices.sorted {
            "\(parameters[$0].name)=".utf8.lexicographicallyPrecedes("\(parameters[$1].name)=".utf8)
        }
    }

    /// The start point; nil where its mixing ratios are more than 1 in sum.
    package var start: Point? {
        point(settled: parameters.map(\.start))
    }

    /// The indices of the parameters that the search moves along.
    package var axes: [(index: Int, axis: Axis)] {
        parameters.indices.compactMap { index in
            if case .axis(let axis) = parameters[index].role { (index, axis) } else { nil }
        }
    }

    /// The point that has these values, its filler being what is left; nil where that would be negative or where the
    /// mixing ratios are more than 1 in sum.
    ///
    /// - Parameter values: one for each parameter; a filler's is not looked at.
    func point(settled values: [ExactDecimal]) -> Point? {
        var sum = ExactDecimal.zero
        for (index, parameter) in parameters.enumerated()
        where parameter.kind == .mixingRatio && index != fillerIndex {
            sum = sum + values[index]
        }
        guard sum <= .one else { return nil }
        guard let fillerIndex, case .filler(let decimals) = parameters[fillerIndex].role else {
            return Point(values: values)
        }
        var settled = values
        settled[fillerIndex] = (.one - sum).rounded(toDecimals: decimals)
        return Point(values: settled)
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
        guard let point = point(settled: values) else { throw .sumAboveOne(code: code) }
        if let fillerIndex, point.values[fillerIndex] != values[fillerIndex] {
            throw .filler(
                name: parameters[fillerIndex].name, value: values[fillerIndex], rest: point.values[fillerIndex])
        }
        return point
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
        }
    }
}
