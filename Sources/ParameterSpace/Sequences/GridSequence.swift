/// Every combination of the axes' values; the last axis goes fastest.
struct GridSequence: PointSequence {
    private let cube: GridCube
    private let every: [Int]
    private let counts: [Int]
    let count: Int

    /// Nil where there are more points than ``SequencePlan/largestCount``.
    init?(cube: GridCube, every: [Int]) {
        self.cube = cube
        self.every = every
        counts = zip(cube.counts, every).map { ($0 + $1 - 1) / $1 }
        var product = 1
        for count in counts {
            let (next, overflow) = product.multipliedReportingOverflow(by: count)
            guard !overflow, next <= SequencePlan.largestCount else { return nil }
            product = next
        }
        count = product
    }

    func point(at index: Int) -> Point? {
        var rest = index
        var indices = counts
        for axis in counts.indices.reversed() {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: counts[axis])
            indices[axis] = remainder * every[axis]
            rest = quotient
        }
        return cube.point(at: indices)
    }
}
