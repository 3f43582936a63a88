/// A search that looks at one finished point at a time, and at finished points around it.
///
/// What it proposes after all points are finished does not depend on the order in which they finished: every rule says
/// *where these points have these verdicts, that point is wanted*, and is applied to each of those points as it
/// finishes. Nothing is remembered between two calls.
package protocol LocalSearch: Sendable {
    /// Whether it has anything to say about unstable points.
    var expandsUnstablePoints: Bool { get }

    /// How many proposals follow from a finished point at most; `Int.max` where that does not fit.
    var largestAnswer: Int { get }

    /// The search that comes to its end before this one begins, on the same points; nil where this one begins at once.
    ///
    /// What it finds is no more than this one does. It is a search of its own because a point that waits keeps its
    /// priority: one that was wanted last would not be run first only because the edge was found to pass by.
    var first: (any LocalSearch)? { get }

    /// The points whose verdicts it needs to know before it can say what follows from this one; a bounded number.
    func questions(about finished: FinishedPoint) -> [Point]

    /// The points that may propose this one, depending on the verdicts; nil where none ever does, because it is not one
    /// of those that the search moves on.
    func origins(of point: Point) -> [Point]?

    /// What is wanted once this point is finished.
    ///
    /// - Parameter known: whether each of the points that were asked for is stable; those without a verdict are absent.
    func proposals(after finished: FinishedPoint, knowing known: [Point: Bool]) -> [Proposal]
}

extension LocalSearch {
    package var first: (any LocalSearch)? { nil }
}

/// A sequence of points that does not depend on any verdict.
///
/// It restarts from any index: the same index always gives the same point.
package protocol PointSequence: Sendable {
    /// How many indices there are.
    var count: Int { get }

    /// The point at an index in 0 ..< ``count``; nil where the space has no such point, or a constraint forbids it.
    func point(at index: Int) -> Point?
}

/// A search that looks at all finished points at once and proposes the next batch.
package protocol GlobalSearch: Sendable {
    /// How many finished points it takes into account at most; it proposes nothing beyond.
    var largestHistory: Int { get }

    /// The next points, most wanted first. The same arguments, in any order, give the same points.
    ///
    /// - Parameters:
    ///   - finished: all finished points.
    ///   - pending: points that were proposed and are not finished.
    ///   - count: how many to propose at most. None at all while none are pending means that the search is done.
    func proposals(knowing finished: [FinishedPoint], pending: [Point], atMost count: Int) -> [Proposal]
}

/// A strategy made ready for a space.
package enum Search: Sendable {
    case local(any LocalSearch)
    case sequence(any PointSequence)
    case global(any GlobalSearch)
}
