/// What a strategy knows of a completed run.
package struct FinishedPoint: Hashable, Sendable {
    package let point: Point
    /// The verdict.
    package let isStable: Bool
    /// The model's outputs in their declared order; nil where a run gave none.
    package let outputs: [Double?]

    package init(point: Point, isStable: Bool, outputs: [Double?] = []) {
        self.point = point
        self.isStable = isStable
        self.outputs = outputs
    }
}
