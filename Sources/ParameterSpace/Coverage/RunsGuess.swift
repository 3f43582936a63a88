internal import Glibc

/// A guess at a number of runs, with bounds that hold nine times in ten.
struct RunsGuess {
    let runs: Double
    let lower: Double
    let upper: Double

    /// Between so many standard deviations to either side lie nine tenths of a normal distribution.
    private static let ninety = 1.645
    /// How far, in natural logarithms, fronts differ from the law that they are taken to follow. Measured on balls and
    /// shells in two to five dimensions.
    private static let frontError = 0.5

    /// From the front; see ``RemainingRuns``. Nil while it may be growing freely.
    ///
    /// - Parameter closing: with which power of what remains the front vanishes.
    init?(front: SearchFront, dimensions: Int, closing: Double) {
        guard front.outstanding > 0, front.births.count > 1 else { return nil }
        let (mean, error) = front.offspring
        // What was measured over the window holds for its middle.
        let sinceMiddle = Double(front.window) / 2
        let finished = Double(front.finished) - sinceMiddle
        let outstanding = max(1, Double(front.outstanding) - (mean - 1) * sinceMiddle)
        let free = Double(dimensions - 1) / Double(dimensions)
        let left = free - finished * (mean - 1) / outstanding
        let leftError = finished * error / outstanding
        guard left > Self.ninety * leftError else { return nil }
        let deviation = (leftError / left * leftError / left + Self.frontError * Self.frontError).squareRoot()
        let factor = exp(Self.ninety * deviation)
        let fromMiddle = closing * finished / left
        runs = fromMiddle - sinceMiddle
        lower = fromMiddle / factor - sinceMiddle
        upper = fromMiddle * factor - sinceMiddle
    }

    /// From how much of the edge is known. Nil where that tells nothing.
    ///
    /// - Parameter finished: points that have been run.
    init?(edge: EdgeProgress, finished: Int) {
        guard edge.isTelling, edge.found > 0 else { return nil }
        if let whole = edge.whole {
            self.init(total: whole, of: finished, error: edge.error)
        } else {
            self.init(total: Double(edge.runs) / edge.share, of: edge.runs, error: edge.error)
        }
    }

    /// Two guesses, each with the weight that its bounds give it.
    func combined(with other: RunsGuess) -> RunsGuess {
        let (own, others) = (1 / (deviation * deviation), 1 / (other.deviation * other.deviation))
        let middle = (runs * own + other.runs * others) / (own + others)
        let reach = Self.ninety / (own + others).squareRoot()
        return RunsGuess(runs: middle, lower: middle - reach, upper: middle + reach)
    }

    private var deviation: Double { max(1, (upper - lower) / (2 * Self.ninety)) }

    private init(runs: Double, lower: Double, upper: Double) {
        self.runs = runs
        self.lower = lower
        self.upper = upper
    }

    /// - Parameters:
    ///   - done: how many of a total are done.
    ///   - error: the relative standard error of the total.
    private init(total: Double, of done: Int, error: Double) {
        let deviation = Self.ninety * total * error
        runs = total - Double(done)
        lower = runs - deviation
        upper = runs + deviation
    }
}
