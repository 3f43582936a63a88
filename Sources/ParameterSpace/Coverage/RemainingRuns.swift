/// How many runs an exploration still needs, estimated from how many new points its recent runs gave rise to.
///
/// Each outstanding point is taken for the ancestor of a Galton-Watson process: a run has on average m new points, with
/// variance v. As long as m < 1, the total progeny of Q ancestors, they included, has the mean Q/(1 - m) and the variance
/// Q v/(1 - m)³ (T. E. Harris, "The Theory of Branching Processes", Springer 1963, chapter I). To that comes what m
/// itself may be wrong by, its standard error from n runs carried through the derivative Q/(1 - m)².
///
/// A region's front shrinks towards the end, so m falls and the estimate errs on the high side, often by a factor of two
/// or three; while the front still grows, m is 1 or more and no estimate is made. What is certain is the lower bound: the
/// outstanding points themselves.
package struct RemainingRuns: Hashable, Sendable {
    /// The expected number; nil while the front grows.
    package let estimate: Double?
    /// The outstanding points, fewer than which it cannot be.
    package let lower: Double
    /// What it does not exceed in 97.5 % of cases, as far as the process goes on as it did; nil where growth without end
    /// cannot be excluded.
    package let upper: Double?

    /// - Parameters:
    ///   - outstanding: how many points are queued or running.
    ///   - offspring: how many new points each of the recent runs gave rise to.
    package init(outstanding: Int, offspring: some Collection<Int>) {
        let ancestors = Double(outstanding)
        let count = Double(offspring.count)
        guard outstanding > 0 else {
            (estimate, lower, upper) = (0, 0, 0)
            return
        }
        guard count >= 2 else {
            (estimate, lower, upper) = (nil, ancestors, nil)
            return
        }
        let mean = offspring.reduce(0) { $0 + Double($1) } / count
        let variance = offspring.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (count - 1)
        let standardError = (variance / count).squareRoot()
        let left = 1 - mean
        guard left > 0 else {
            (estimate, lower, upper) = (nil, ancestors, nil)
            return
        }
        let total = ancestors / left
        let ofProcess = ancestors * variance / (left * left * left)
        let ofMean = total / left * standardError
        let deviation = (ofProcess + ofMean * ofMean).squareRoot()
        estimate = total
        lower = ancestors
        upper = mean + 1.96 * standardError < 1 ? total + 1.96 * deviation : nil
    }

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
