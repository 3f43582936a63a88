@testable import ParameterSpace

/// A cube of integers, 0 ..< size on each axis.
func cube(_ size: Int, start: [Int], constraints: [String] = []) -> Space {
    let names = start.indices.map { "x\($0 + 1)" }
    let range = ExactDecimal.zero...ExactDecimal("\(size - 1)")!
    return Space(
        parameters: zip(names, start).map { name, start in
            Parameter(
                name: name, kind: .scalar, role: .axis(Axis(step: .one, range: range)),
                start: ExactDecimal("\(start)")!, unit: "1", description: "")
        }, constraints: constraints.map { try! Constraint($0, parameters: names) })
}

extension Point {
    /// The coordinates of a point of a ``cube(_:start:constraints:)``.
    var place: [Int] { values.map { Int($0.doubleValue) } }
}

/// An oracle for which a ball is stable; the output is the distance to its edge.
func ball(_ centre: [Double], _ radius: Double) -> (Point) -> FinishedPoint {
    { point in
        let square = zip(point.place, centre).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        return FinishedPoint(point: point, isStable: square <= radius * radius, outputs: [radius - square.squareRoot()])
    }
}

/// The space of a survey around modern Earth.
func earth() -> Space {
    func axis(_ step: String) -> Parameter.Role {
        .axis(Axis(step: ExactDecimal(step)!, range: .leastPositive ... .one))
    }
    func ratio(_ name: String, _ start: String, _ role: Parameter.Role) -> Parameter {
        Parameter(
            name: name, kind: .mixingRatio, role: role, start: ExactDecimal(start)!, unit: "mol/mol", description: "")
    }
    return Space(parameters: [
        ratio("O2", "0.21", axis("0.01")), ratio("N2", "0", .remainder(decimals: 10)),
        ratio("H2O", "0.0123", axis("0.01")), ratio("CH4", "1.63e-6", axis("0.005")),
        ratio("CO2", "4.0e-4", axis("0.01")), ratio("H2", "8.13e-8", axis("0.005")),
    ])
}

/// Exact decimals from literals.
func decimals(_ texts: String...) -> [ExactDecimal] {
    texts.map { ExactDecimal($0)! }
}
