package import ParameterSpace

/// What gives verdicts in place of a model. The same point always gets the same one.
package protocol Oracle {
    /// - Returns: the point with its verdict and its outputs.
    mutating func judge(_ point: Point) -> FinishedPoint

    /// How many points it was asked for that it knows nothing of, and called unstable.
    var unknownCount: Int { get }
}

extension Oracle {
    package var unknownCount: Int { 0 }
}
