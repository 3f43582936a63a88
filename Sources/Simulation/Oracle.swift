package import ParameterSpace

/// A source of verdicts in place of a model. The same point always gets the same verdict.
package protocol Oracle {
    /// Returns the point with its verdict and its outputs.
    mutating func judge(_ point: Point) -> FinishedPoint

    /// The number of points without a known verdict, which count as unstable.
    var unknownCount: Int { get }
}

extension Oracle {
    package var unknownCount: Int { 0 }
}

/// A region defined by a condition over the parameters. It has no outputs.
package struct ConditionRegion: Oracle {
    private let condition: Constraint

    package init(_ condition: Constraint) {
        self.condition = condition
    }

    package func judge(_ point: Point) -> FinishedPoint {
        FinishedPoint(point: point, isStable: condition.isMet(by: point.values))
    }
}

/// An ellipsoidal region, as in the synthetic model. Its only output is the distance from the centre, in radii.
package struct Ellipsoid: Oracle {
    package struct Extent: Hashable, Sendable {
        /// The parameter's place in declared order.
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
    /// The cached squares of distances along each parameter. The conversion of an exact decimal to a `Double` takes
    /// longer than everything else here, and few values recur often.
    private var squares: [[ExactDecimal: Double]]
    private static let maxCachedValues = 100_000

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
        if squares[index].count >= Self.maxCachedValues { squares[index] = [:] }
        squares[index][value] = part * part
        return part * part
    }
}

/// The verdicts of completed runs, at about twenty bytes a point. A point without a verdict counts as unstable.
package struct VerdictTable: Oracle {
    private var points: PointTable
    private var isStable: [Bool] = []
    /// The output that a strategy uses.
    private let output: Int?
    private var outputs: [Double] = []
    package private(set) var unknownCount = 0

    /// - Parameters:
    ///   - columns: the parameters that differ between points; see ``PointTable``.
    ///   - output: the output to keep, by its place in declared order; `nil` for none.
    package init(_ space: Space, columns: [Int], output: Int? = nil) {
        points = PointTable(space, columns: columns)
        self.output = output
    }

    /// The number of points with a verdict.
    package var count: Int { points.count }

    /// Adds a run; only the first run of a point counts.
    ///
    /// - Parameter value: the value of the kept output.
    package mutating func add(_ point: Point, isStable: Bool, output value: Double? = nil) {
        guard points.number(of: point).isNew else { return }
        self.isStable.append(isStable)
        if output != nil { outputs.append(value ?? .nan) }
    }

    package mutating func judge(_ point: Point) -> FinishedPoint {
        guard let number = points.find(point) else {
            unknownCount += 1
            return FinishedPoint(point: point, isStable: false)
        }
        var known: [Double?] = []
        if let output {
            let value = outputs[Int(number)]
            known = [Double?](repeating: nil, count: output) + [value.isNaN ? nil : value]
        }
        return FinishedPoint(point: point, isStable: isStable[Int(number)], outputs: known)
    }
}
