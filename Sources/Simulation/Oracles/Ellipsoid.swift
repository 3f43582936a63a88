package import ParameterSpace

/// Stable inside an ellipsoid, as in the synthetic model. Its only output is the distance from the centre, in radii.
package struct Ellipsoid: Oracle {
    package struct Extent: Hashable, Sendable {
        /// The parameter's place in the declared order.
        package let parameter: Int
        package let centre: Double
        package let radius: Double

        package init(parameter: Int, centre: Double, radius: Double) {
            self.parameter = parameter
            self.centre = centre
            self.radius = radius
        }
    }

    private let extents: [Extent]
    /// The squares of distances along one parameter: turning an exact decimal into a number of 64 bits takes longer than
    /// everything else here, and few values come up again and again.
    private var squares: [[ExactDecimal: Double]]
    private static let largestMemory = 100_000

    package init(_ extents: [Extent]) {
        self.extents = extents
        squares = extents.map { _ in [:] }
    }

    package mutating func judge(_ point: Point) -> FinishedPoint {
        var sum = 0.0
        for index in extents.indices { sum += square(index, point) }
        let distance = sum.squareRoot()
        return FinishedPoint(point: point, isStable: distance <= 1, outputs: [distance])
    }

    private mutating func square(_ index: Int, _ point: Point) -> Double {
        let extent = extents[index]
        let value = point.values[extent.parameter]
        if let square = squares[index][value] { return square }
        let part = (value.doubleValue - extent.centre) / extent.radius
        if squares[index].count >= Self.largestMemory { squares[index] = [:] }
        squares[index][value] = part * part
        return part * part
    }
}
