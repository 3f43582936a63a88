/// A point that a strategy wants to be run.
package struct Proposal: Hashable, Sendable {
    package let point: Point
    /// 0…9; 9 is run first.
    package let priority: Int
    /// The stable point that it was reached from, whose artifacts a run may start from.
    package let parent: Point?

    /// The priority where nothing speaks for another.
    package static let ordinary = 5

    package init(point: Point, priority: Int, parent: Point?) {
        self.point = point
        self.priority = priority
        self.parent = parent
    }
}
