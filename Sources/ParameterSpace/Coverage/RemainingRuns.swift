/// How many runs an exploration still needs: an estimate, and bounds that hold nine times in ten.
///
/// Two things tell. **The front**: a search of a region in d dimensions that has run n points has Q outstanding, which
/// grow as n^a with a = (d - 1)/d as long as nothing is in its way, as the surface of a ball does with its volume; towards
/// the end N they vanish as (N - n)^b with b = (d - 1)/(d + 1), as the surface of a cap does. From Q ∝ n^a (1 - n/N)^b
/// follows, for the logarithmic slope q = n (m - 1)/Q with m new points for each run,
///
///     N - n = b n/(a - q)
///
/// As long as q is not below a by more than its error, the front may have met no edge, and nobody can tell. **The edge**:
/// a search that begins with a coarse grid knows, once that has stopped growing, how much edge there is; see
/// ``EdgeProgress``.
///
/// What nobody can know is not in the bounds: that beyond a narrow neck lies another region.
package struct RemainingRuns: Hashable, Sendable {
    /// The expected number; nil while the search may be growing freely.
    package let estimate: Double?
    /// What it is not below; never less than the outstanding points.
    package let lower: Double
    /// What it does not exceed; nil where growth without end cannot be excluded.
    package let upper: Double?

    /// - Parameters:
    ///   - dimensions: how many axes there are.
    ///   - outstanding: points that wait or run.
    ///   - finished: points that have been run.
    ///   - front: nil where too few points have been run.
    ///   - edge: of a search that begins with a coarse grid; nil for others.
    package init(
        of strategy: Strategy, dimensions: Int, outstanding: Int, finished: Int, front: SearchFront?,
        edge: EdgeProgress?
    ) {
        let byEdge = edge.flatMap { RunsGuess(edge: $0, finished: finished) }
        var guess = byEdge
        // An adaptive search asks for a batch at a time, whatever is to come.
        if case .adaptive = strategy {
        } else {
            if outstanding == 0 {
                (estimate, lower, upper) = (0, 0, 0)
                return
            }
            // Along an edge that is known in many places, fronts meet everywhere at once and not in one last cap.
            let closing = byEdge == nil ? max(0.5, Double(dimensions - 1) / Double(dimensions + 1)) : 1
            let byFront = front.flatMap { RunsGuess(front: $0, dimensions: dimensions, closing: closing) }
            if let byEdge, let byFront, let edge, edge.whole == nil, edge.share >= Self.tracedShare {
                guess = byEdge.combined(with: byFront)
            } else {
                guess = byEdge ?? byFront
            }
        }
        let least = Double(outstanding)
        guard let guess else {
            (estimate, lower, upper) = (nil, least, nil)
            return
        }
        (estimate, lower, upper) = (max(least, guess.runs), max(least, guess.lower), max(least, guess.upper))
    }

    /// The least share of an edge that is known when its front tells something: before, it is still the coarse grid's.
    private static let tracedShare = 0.25

    /// For a plan of known length: what is left of it.
    package init(exactly count: Int) {
        (estimate, lower, upper) = (Double(count), Double(count), Double(count))
    }

    /// Where no more is known than bounds.
    ///
    /// - Parameter most: nil where there is no bound.
    package init(atLeast least: Int, atMost most: Int? = nil) {
        (estimate, lower, upper) = (nil, Double(least), most.map(Double.init))
    }
}
