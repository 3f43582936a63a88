/// The method by which a search finds its points.
package enum Strategy: Hashable, Sendable {
    case flood(Flood)
    case frontier(Frontier)
    case sequence(SequencePlan)
    case adaptive(Adaptive)

    /// The search in a space; `nil` if an axis has too many values, a plan has too many points, or the start is not a
    /// point.
    package func search(in space: Space) -> Search? {
        switch self {
        case .flood(let flood): .local(FloodSearch(flood: flood, space: space))
        case .frontier(let frontier): FrontierSearch(frontier, in: space).map { .local($0) }
        case .sequence(let plan): plan.sequence(in: space).map { .sequence($0) }
        case .adaptive(let adaptive): AdaptiveSearch(adaptive, in: space).map { .global($0) }
        }
    }
}

/// The outcome of a completed run, as strategies see it.
package struct FinishedPoint: Hashable, Sendable {
    package let point: Point
    /// Whether the verdict is stable.
    package let isStable: Bool
    /// The model's outputs in declared order; `nil` for an output that the run did not produce.
    package let outputs: [Double?]

    package init(point: Point, isStable: Bool, outputs: [Double?] = []) {
        self.point = point
        self.isStable = isStable
        self.outputs = outputs
    }
}

/// A point that a strategy wants to be run.
package struct Proposal: Hashable, Sendable {
    package let point: Point
    /// 0…9; points of priority 9 are run first.
    package let priority: Int
    /// The stable point from which it was reached; a run may start from its artifacts.
    package let parent: Point?

    /// The default priority.
    package static let defaultPriority = 5
    /// The range of priorities.
    package static let priorities = 0...9

    package init(point: Point, priority: Int, parent: Point?) {
        self.point = point
        self.priority = priority
        self.parent = parent
    }
}

/// A strategy prepared for a space.
package enum Search: Sendable {
    case local(any LocalSearch)
    case sequence(any PointSequence)
    case global(any GlobalSearch)
}

/// A search that considers one finished point at a time, together with finished points around it.
///
/// The set of proposals after all points are finished does not depend on the order in which they finished: every rule
/// has the form *if these points have these verdicts, that point is wanted*, and is applied to each of those points as
/// it finishes. No state is kept between two calls.
package protocol LocalSearch: Sendable {
    /// Whether unstable points lead to proposals.
    var expandsUnstablePoints: Bool { get }

    /// The largest number of proposals after a finished point; `Int.max` on overflow.
    var maxProposals: Int { get }

    /// The search that is completed before this one begins, on the same points; `nil` if this one begins at once.
    ///
    /// It finds a subset of this search's points. It is a separate search because a waiting point keeps its priority: a
    /// point proposed with a low priority would keep it even after the edge turned out to be close.
    var first: (any LocalSearch)? { get }

    /// The points whose verdicts determine the proposals after this one; a bounded number.
    func questions(about finished: FinishedPoint) -> [Point]

    /// The points that may propose this one, depending on the verdicts; `nil` if the point is not on the grid of the
    /// search.
    func origins(of point: Point) -> [Point]?

    /// Returns the proposals after a finished point.
    ///
    /// - Parameter known: the verdicts of the points from ``questions(about:)``, `true` for stable; points without a
    ///   verdict are absent.
    func proposals(after finished: FinishedPoint, knowing known: [Point: Bool]) -> [Proposal]
}

extension LocalSearch {
    package var first: (any LocalSearch)? { nil }
}

/// A sequence of points that does not depend on verdicts.
///
/// The same index always gives the same point, so the sequence can be resumed anywhere.
package protocol PointSequence: Sendable {
    /// The number of indices.
    var count: Int { get }

    /// The point at an index in 0 ..< ``count``; `nil` if the space has no such point.
    func point(at index: Int) -> Point?
}

/// A search that considers all finished points at once and proposes the next batch.
package protocol GlobalSearch: Sendable {
    /// The largest number of finished points that it handles. With more, it proposes nothing.
    var maxHistory: Int { get }

    /// Returns the next points, the most wanted first. The same arguments, in any order, give the same points.
    ///
    /// - Parameters:
    ///   - finished: all finished points.
    ///   - pending: points that were proposed and are not finished.
    ///   - count: the largest number of proposals. An empty result without pending points means that the search is
    ///     complete.
    func proposals(knowing finished: [FinishedPoint], pending: [Point], atMost count: Int) -> [Proposal]
}
