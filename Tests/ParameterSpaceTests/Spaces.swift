@testable import ParameterSpace

/// A cube of whole numbers, 0 ..< size on each axis.
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
    /// Of a ``cube(_:start:constraints:)``.
    var place: [Int] { values.map { Int($0.doubleValue) } }
}

/// Whether a place lies in a ball.
func ball(_ centre: [Double], _ radius: Double) -> (Point) -> FinishedPoint {
    { point in
        let square = zip(point.place, centre).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        return FinishedPoint(point: point, isStable: square <= radius * radius, outputs: [radius - square.squareRoot()])
    }
}
