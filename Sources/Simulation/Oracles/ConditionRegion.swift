package import ParameterSpace

/// Stable wherever a condition over the parameters is met. It has no outputs.
package struct ConditionRegion: Oracle {
    private let condition: Constraint

    package init(_ condition: Constraint) {
        self.condition = condition
    }

    package func judge(_ point: Point) -> FinishedPoint {
        FinishedPoint(point: point, isStable: condition.isMet(by: point.values))
    }
}
