/// The known fraction of the points and edges that a search can reach.
package struct Coverage: Sendable {
    /// The number of points with each verdict.
    package let stable: Int
    package let unstable: Int
    /// One for each axis of the space.
    package let edges: [EdgeScan]
    package let remaining: RemainingRuns

    /// - Parameter edges: completed scans.
    package init(stable: Int, unstable: Int, edges: [EdgeScan], remaining: RemainingRuns) {
        self.stable = stable
        self.unstable = unstable
        self.edges = edges
        self.remaining = remaining
    }

    private var done: Double { Double(stable + unstable) }

    /// The fraction of all runs that are done; `nil` while the front grows.
    package var settled: Double? {
        remaining.estimate.map { done + $0 > 0 ? done / (done + $0) : 1 }
    }

    /// The bounds of the fraction that is done, from the bounds of the remaining runs.
    package var settledRange: ClosedRange<Double> {
        guard done > 0 else { return 0...1 }
        return (remaining.upper.map { done / (done + $0) } ?? 0)...(done / (done + remaining.lower))
    }

    /// The number of places where the edge is known to run between two points, over all axes, at any sharpness.
    package var edgePlaces: Int { edges.reduce(0) { $0 + $1.places } }

    /// The number of neighbouring pairs, one step apart, with different verdicts: the length of the exactly known edge.
    package var edgeLength: Int { edges.reduce(0) { $0 + ($1.pairs[1] ?? 0) } }
}

extension EdgeScan {
    /// The number of places where the edge is known to run between two points of this axis.
    package var places: Int { pairs.values.reduce(0, +) }

    /// The fraction of these places with at most `steps` steps between the two points; `nil` without places.
    package func sharpness(within steps: Int) -> Double? {
        guard places > 0 else { return nil }
        return Double(pairs.filter { $0.key <= steps }.values.reduce(0, +)) / Double(places)
    }
}
