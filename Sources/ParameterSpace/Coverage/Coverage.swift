/// How much of what a search can reach is known.
package struct Coverage: Sendable {
    package let edge: EdgeTally
    package let remaining: RemainingRuns

    package init(edge: EdgeTally, remaining: RemainingRuns) {
        self.edge = edge
        self.remaining = remaining
    }

    /// The share of all runs that are done; nil while the front grows.
    package var settled: Double? {
        let done = Double(edge.stable + edge.unstable)
        return remaining.estimate.map { done + $0 > 0 ? done / (done + $0) : 1 }
    }

    /// The least and the greatest share that are done, from the bounds of the runs that remain.
    package var settledRange: ClosedRange<Double> {
        let done = Double(edge.stable + edge.unstable)
        guard done > 0 else { return 0...1 }
        return (remaining.upper.map { done / (done + $0) } ?? 0)...(done / (done + remaining.lower))
    }

    /// The number of places where the edge is known to lie between two points, on all axes together, at whatever
    /// sharpness.
    package var edgeLength: Int {
        edge.sides.values.reduce(0, +)
    }

    /// The share of these places on an axis where the two points are at most so many steps apart; nil where there are
    /// none.
    package func sharpness(onAxis axis: Int, within steps: Int) -> Double? {
        let here = edge.sides.filter { $0.key.axis == axis }
        let all = here.values.reduce(0, +)
        guard all > 0 else { return nil }
        return Double(here.filter { $0.key.gap <= steps }.values.reduce(0, +)) / Double(all)
    }
}
