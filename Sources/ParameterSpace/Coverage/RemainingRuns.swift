internal import Glibc

/// The number of runs that an exploration still needs: an estimate, and bounds that hold nine times in ten.
///
/// There are two sources. **The front**: a search in d dimensions with n finished points has Q outstanding ones. While
/// it grows freely, Q grows as n^a with a = (d - 1)/d, as the surface of a ball does with its volume. Towards the end N
/// it vanishes as (N - n)^b with b = (d - 1)/(d + 1), as the surface of a cap does. From Q ∝ n^a (1 - n/N)^b follows,
/// with m new points per run and the logarithmic slope q = n (m - 1)/Q,
///
///     N - n = b n/(a - q)
///
/// If q is not below a by more than its error, the front may not have met an edge yet, and there is no estimate. **The
/// edge**: a search that begins with a coarse grid knows the size of the edge once that grid has stopped growing; see
/// ``EdgeProgress``.
///
/// The bounds cannot include another region beyond a narrow neck.
package struct RemainingRuns: Hashable, Sendable {
    /// The expected number; `nil` while the search may be growing freely.
    package let estimate: Double?
    /// The lower bound; at least the number of outstanding points.
    package let lower: Double
    /// The upper bound; `nil` if unlimited growth cannot be excluded.
    package let upper: Double?

    /// - Parameters:
    ///   - dimensions: the number of axes.
    ///   - outstanding: the number of waiting and running points.
    ///   - finished: the number of finished points.
    ///   - front: `nil` if too few points are finished.
    ///   - edge: `nil` if the search does not begin with a coarse grid.
    package init(
        of strategy: Strategy, dimensions: Int, outstanding: Int, finished: Int, front: SearchFront?,
        edge: EdgeProgress?
    ) {
        let byEdge = edge.flatMap { RunsGuess(edge: $0, finished: finished) }
        var guess = byEdge
        // An adaptive search proposes one batch at a time, so its outstanding points are not informative.
        if case .adaptive = strategy {
        } else {
            if outstanding == 0 {
                (estimate, lower, upper) = (0, 0, 0)
                return
            }
            // Along an edge that is known in many places, fronts meet everywhere at once and not in a last cap.
            let closing = byEdge == nil ? max(0.5, Double(dimensions - 1) / Double(dimensions + 1)) : 1
            let byFront = front.flatMap { RunsGuess(front: $0, dimensions: dimensions, closing: closing) }
            if let byEdge, let byFront, let edge, edge.whole == nil, edge.share >= Self.tracedShare {
                guess = byEdge.combined(with: byFront)
            } else {
                guess = byEdge ?? byFront
            }
        }
        let outstandingRuns = Double(outstanding)
        guard let guess else {
            (estimate, lower, upper) = (nil, outstandingRuns, nil)
            return
        }
        (estimate, lower, upper) = (
            max(outstandingRuns, guess.runs), max(outstandingRuns, guess.lower), max(outstandingRuns, guess.upper)
        )
    }

    /// The smallest known fraction of an edge from which its front is informative; before, it is that of the coarse
    /// grid.
    private static let tracedShare = 0.25

    /// The rest of a plan of known length.
    package init(exactly count: Int) {
        (estimate, lower, upper) = (Double(count), Double(count), Double(count))
    }

    /// Creates bounds without an estimate.
    ///
    /// - Parameter most: `nil` if there is no upper bound.
    package init(atLeast least: Int, atMost most: Int? = nil) {
        (estimate, lower, upper) = (nil, Double(least), most.map(Double.init))
    }
}

/// An estimate of a number of runs, with bounds that hold nine times in ten.
struct RunsGuess {
    let runs: Double
    let lower: Double
    let upper: Double

    /// Nine tenths of a normal distribution are within this many standard deviations of the mean.
    private static let ninetyPercent = 1.645
    /// The deviation of fronts from the law above, in natural logarithms. Measured on balls and shells in two to five
    /// dimensions.
    private static let frontError = 0.5

    /// The estimate from the front; see ``RemainingRuns``. `nil` while the search may be growing freely.
    ///
    /// - Parameter closing: the exponent with which the front vanishes.
    init?(front: SearchFront, dimensions: Int, closing: Double) {
        guard front.outstanding > 0, front.arrivals.count > 1 else { return nil }
        let (mean, error) = front.offspring
        // The measurement over the whole span holds for its middle.
        let sinceMiddle = Double(front.span) / 2
        let finished = Double(front.finished) - sinceMiddle
        let outstanding = max(1, Double(front.outstanding) - (mean - 1) * sinceMiddle)
        let free = Double(dimensions - 1) / Double(dimensions)
        let left = free - finished * (mean - 1) / outstanding
        let leftError = finished * error / outstanding
        guard left > Self.ninetyPercent * leftError else { return nil }
        let deviation = (leftError / left * leftError / left + Self.frontError * Self.frontError).squareRoot()
        let factor = exp(Self.ninetyPercent * deviation)
        let fromMiddle = closing * finished / left
        runs = fromMiddle - sinceMiddle
        lower = fromMiddle / factor - sinceMiddle
        upper = fromMiddle * factor - sinceMiddle
    }

    /// The estimate from the known fraction of the edge; `nil` if that is not informative.
    ///
    /// - Parameter finished: the number of finished points.
    init?(edge: EdgeProgress, finished: Int) {
        guard edge.isInformative, edge.found > 0 else { return nil }
        if let whole = edge.whole {
            self.init(total: whole, of: finished, error: edge.error)
        } else {
            self.init(total: Double(edge.runs) / edge.share, of: edge.runs, error: edge.error)
        }
    }

    /// Combines two estimates, weighted by their variances.
    func combined(with other: RunsGuess) -> RunsGuess {
        let (own, others) = (1 / (deviation * deviation), 1 / (other.deviation * other.deviation))
        let middle = (runs * own + other.runs * others) / (own + others)
        let reach = Self.ninetyPercent / (own + others).squareRoot()
        return RunsGuess(runs: middle, lower: middle - reach, upper: middle + reach)
    }

    private var deviation: Double { max(1, (upper - lower) / (2 * Self.ninetyPercent)) }

    private init(runs: Double, lower: Double, upper: Double) {
        self.runs = runs
        self.lower = lower
        self.upper = upper
    }

    /// - Parameters:
    ///   - done: the finished part of the total.
    ///   - error: the relative standard error of the total.
    private init(total: Double, of done: Int, error: Double) {
        let deviation = Self.ninetyPercent * total * error
        runs = total - Double(done)
        lower = runs - deviation
        upper = runs + deviation
    }
}

/// The recent motion of a search's front, derived only from the times at which points arrived and finished.
package struct SearchFront: Hashable, Sendable {
    /// The number of finished points.
    package let finished: Int
    /// The number of waiting and running points.
    package let outstanding: Int
    /// The number of runs in a window.
    package let windowSize: Int
    /// The number of new points during each of the latest windows, in any order.
    package let arrivals: [Int]

    /// The number of windows. Together they span a tenth of all runs: the front has changed little in that time.
    package static let windowCount = 20
    private static let maxWindowSize = 1_000

    /// The number of runs in a window after `finished` runs; `nil` if there are too few for a measurement.
    package static func windowSize(after finished: Int) -> Int? {
        let runs = min(finished / (10 * windowCount), maxWindowSize)
        return finished >= 10 * windowCount / 2 ? max(2, runs) : nil
    }

    package init(finished: Int, outstanding: Int, windowSize: Int, arrivals: [Int]) {
        self.finished = finished
        self.outstanding = outstanding
        self.windowSize = windowSize
        self.arrivals = arrivals
    }

    /// The number of runs in all windows.
    var span: Int { windowSize * arrivals.count }

    /// The mean number of new points per run, and its standard error from the variation between windows.
    var offspring: (mean: Double, error: Double) {
        let rates = arrivals.map { Double($0) / Double(windowSize) }
        let mean = rates.reduce(0, +) / Double(rates.count)
        let square = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count - 1)
        return (mean, (square / Double(rates.count)).squareRoot())
    }
}

/// The fraction of an edge that a search with a coarse grid has found.
///
/// The lines of the coarse grid cross the edge at a number of places. Each of them represents as many places on the
/// probed grid as that has lines for one coarse line. Places of an inside count in the same way.
package struct EdgeProgress: Hashable, Sendable {
    /// The numbers of known places of the edge and of expected ones.
    package let found: Double
    package let expected: Double
    /// The relative standard error of ``expected``.
    package let error: Double
    /// Whether the coarse grid has stopped growing and is fine enough to predict the edge.
    package let isInformative: Bool
    /// The number of runs spent on the edge: all but those of the coarse grid.
    package let runs: Int
    /// The number of points in the region including its edge; `nil` if the inside is not filled.
    package let whole: Double?

    /// Between seven and nine tenths of the places that ``Adaptive`` settles are visible along the axis that counts
    /// them; pairs along other axes settle the rest. Measured on balls and necks in two and three dimensions.
    private static let settledShare = (mean: 0.8, error: 0.2)
    /// The systematic difference between the counts of a finer grid and the prediction from a coarse one.
    private static let modelError = 0.1
    /// The number of unstable points run for each place of the edge; many are neighbours of several stable ones.
    private static let outsidePerPlace = 0.75

    /// - Parameters:
    ///   - scans: completed scans of all axes on the search's grids.
    ///   - finished: the number of finished points.
    package init?(_ grids: EdgeGrids, scans: [EdgeScan], finished: Int) {
        let lines = scans.compactMap(\.lines)
        guard let first = lines.first else { return nil }
        let sample = Double(lines.reduce(0) { $0 + $1.coarse })
        let stable = Double(first.coarseStable)
        let places = sample * grids.linesOfCoarse(probed: grids.probed ?? 0)
        let (share, model) = grids.probed == nil ? Self.settledShare : (1, Self.modelError)
        found = lines.reduce(0) { $0 + Double($1.found) }
        expected = places * share
        // The number of points in a region varies less than the number of places on an edge.
        let chance = grids.fills ? 1 / (2 * stable) : 1 / sample
        error = sample > 0 && stable > 0 ? (chance + model * model).squareRoot() : .infinity
        // If most coarse points are isolated, the region is thinner than the coarse step.
        isInformative =
            !lines.contains { $0.open > 0 } && sample > 0 && sample < Double(grids.lattice.dimensions) * stable
        runs = max(0, finished - first.coarsePoints)
        whole =
            grids.fills
            ? stable * grids.placesOfCoarse + sample * grids.linesOfCoarse(probed: 0) * Self.outsidePerPlace : nil
    }

    /// The known fraction of the edge, at most 1.
    package var share: Double { expected > 0 ? min(1, found / expected) : 0 }
}
