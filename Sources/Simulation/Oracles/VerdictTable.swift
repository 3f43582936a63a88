package import ParameterSpace

/// The verdicts of runs that were made, at some twenty bytes a point. A point without one is called unstable.
package struct VerdictTable: Oracle {
    private var points: PointRegister
    private var isStable: [Bool] = []
    /// Of one output, where a strategy looks at it.
    private let output: Int?
    private var outputs: [Double] = []
    package private(set) var unknownCount = 0

    /// - Parameters:
    ///   - columns: the parameters that differ between points; see ``PointRegister``.
    ///   - output: the output that is kept, by its place in the declared order; nil for none.
    package init(_ space: Space, columns: [Int], output: Int? = nil) {
        points = PointRegister(space, columns: columns)
        self.output = output
    }

    /// How many points have a verdict.
    package var count: Int { points.count }

    /// Takes a run; of two runs of a point the first counts.
    ///
    /// - Parameter value: the output that is kept.
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
