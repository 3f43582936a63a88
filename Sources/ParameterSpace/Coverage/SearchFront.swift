/// How the front of a search has moved of late, from nothing but when points came in and when they were finished.
package struct SearchFront: Hashable, Sendable {
    /// Points that have been run.
    package let finished: Int
    /// Points that wait or run.
    package let outstanding: Int
    /// How many runs make a stretch.
    package let stretch: Int
    /// The new points that came in during each of the latest stretches, in any order.
    package let births: [Int]

    /// How many stretches are looked at, a tenth of all runs together: few enough for the front to have changed little.
    package static let stretches = 20
    private static let longest = 1_000

    /// How many runs a stretch has after so many; nil where there are too few to say anything.
    package static func stretch(after finished: Int) -> Int? {
        let runs = min(finished / (10 * stretches), longest)
        return finished >= 10 * stretches / 2 ? max(2, runs) : nil
    }

    package init(finished: Int, outstanding: Int, stretch: Int, births: [Int]) {
        self.finished = finished
        self.outstanding = outstanding
        self.stretch = stretch
        self.births = births
    }

    /// How many runs the stretches have together.
    var window: Int { stretch * births.count }

    /// New points for each run, on average, and its standard error from what differs between stretches.
    var offspring: (mean: Double, error: Double) {
        let rates = births.map { Double($0) / Double(stretch) }
        let mean = rates.reduce(0, +) / Double(rates.count)
        let square = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rates.count - 1)
        return (mean, (square / Double(rates.count)).squareRoot())
    }
}
