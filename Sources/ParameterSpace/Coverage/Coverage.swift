/// How much of what a search can reach is known.
package struct Coverage: Sendable {
    /// Points with a verdict.
    package let stable: Int
    package let unstable: Int
    /// One for each axis of the space.
    package let edges: [EdgeScan]
    package let remaining: RemainingRuns

    /// - Parameter edges: scans that have come to their end.
    package init(stable: Int, unstable: Int, edges: [EdgeScan], remaining: RemainingRuns) {
        self.stable = stable
        self.unstable = unstable
        self.edges = edges
        self.remaining = remaining
    }

    private var done: Double { Double(stable + unstable) }

    /// The share of all runs that are done; nil while the front grows.
    package var settled: Double? {
        remaining.estimate.map { done + $0 > 0 ? done / (done + $0) : 1 }
    }

    /// The least and the greatest share that are done, from the bounds of the runs that remain.
    package var settledRange: ClosedRange<Double> {
        guard done > 0 else { return 0...1 }
        return (remaining.upper.map { done / (done + $0) } ?? 0)...(done / (done + remaining.lower))
    }

    /// The number of places where the edge is known to lie between two points, on all axes together, at whatever
    /// sharpness.
    package var edgePlaces: Int { edges.reduce(0) { $0 + $1.places } }

    /// The pairs of neighbours, one step apart, with different verdicts: the length of the edge as far as it is known
    /// exactly.
    package var edgeLength: Int { edges.reduce(0) { $0 + ($1.pairs[1] ?? 0) } }
}

extension EdgeScan {
    /// The number of places where the edge is known to lie between two points of this axis.
    package var places: Int { pairs.values.reduce(0, +) }

    /// The share of these places where the two points are at most so many steps apart; nil where there are none.
    package func sharpness(within steps: Int) -> Double? {
        guard places > 0 else { return nil }
        return Double(pairs.filter { $0.key <= steps }.values.reduce(0, +)) / Double(places)
    }
}
