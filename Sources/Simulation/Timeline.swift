/// The monitored quantities at one moment.
package struct Gauges: Sendable, Hashable {
    package enum Quantity: Int, CaseIterable, Sendable {
        /// Running workers, and all present workers.
        case busy, present
        /// Points in `main` that wait for a worker.
        case main
        /// Proposals in `main_sql`.
        case proposals
        /// Results that have not reached the ledger.
        case results
        /// Points in `explore`.
        case explore
        /// Points that have a verdict or were given up.
        case finished
        /// Points in the ledger.
        case known
    }

    var values: SIMD8<Double>

    static let zero = Gauges(values: .zero)

    package subscript(quantity: Quantity) -> Double {
        get { values[quantity.rawValue] }
        set { values[quantity.rawValue] = newValue }
    }
}

/// The gauges over time, as means in a bounded number of bins of equal width. When the bins are used up, pairs of them
/// are merged.
package struct Timeline: Sendable {
    private static let capacity = 1_024

    /// In seconds.
    private(set) var binWidth = 0x1p-10
    private var sums = [SIMD8<Double>](repeating: .zero, count: capacity)
    /// The end of the recorded time, in seconds.
    package private(set) var end = 0.0
    private var peak = SIMD8<Double>.zero
    private var total = SIMD8<Double>.zero

    /// Records that the gauges were constant up to a time.
    mutating func extend(to time: Double, _ gauges: Gauges) {
        peak = pointwiseMax(peak, gauges.values)
        guard time > end else { return }
        total += gauges.values * (time - end)
        while time > binWidth * Double(Self.capacity) { halve() }
        while end < time {
            let bin = min(Self.capacity - 1, Int(end / binWidth))
            // The last bin takes the remainder from rounding.
            let until = bin == Self.capacity - 1 ? time : min(time, Double(bin + 1) * binWidth)
            guard until > end else { break }
            sums[bin] += gauges.values * (until - end)
            end = until
        }
        end = time
    }

    private mutating func halve() {
        let half = Self.capacity / 2
        for bin in 0..<half { sums[bin] = sums[2 * bin] + sums[2 * bin + 1] }
        for bin in half..<Self.capacity { sums[bin] = .zero }
        binWidth *= 2
    }

    package func peak(_ quantity: Gauges.Quantity) -> Double { peak[quantity.rawValue] }

    /// The integral over time, in seconds.
    package func integral(_ quantity: Gauges.Quantity) -> Double { total[quantity.rawValue] }

    /// The mean over time.
    package func mean(_ quantity: Gauges.Quantity) -> Double { end > 0 ? integral(quantity) / end : 0 }

    /// The mean in each bin, with the middle of the bin in seconds.
    package func samples(of quantity: Gauges.Quantity) -> [(time: Double, level: Double)] {
        let bins = min(Self.capacity, Int((end / binWidth).rounded(.up)))
        return (0..<bins).map { bin in
            let from = Double(bin) * binWidth
            let until = min(end, from + binWidth)
            return ((from + until) / 2, sums[bin][quantity.rawValue] / max(until - from, .leastNormalMagnitude))
        }
    }
}
