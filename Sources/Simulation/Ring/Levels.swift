/// What is followed over time, all of it counted at one moment.
package struct Levels: Sendable, Hashable {
    package enum Quantity: Int, CaseIterable, Sendable {
        /// Workers that run a point, and workers that are there.
        case busy, present
        /// Points in `main` that wait for a worker.
        case main
        /// Proposals in `main_sql`.
        case proposals
        /// Results on their way to the ledger.
        case results
        /// Points in `explore`.
        case explore
        /// Points that have their verdict, or are given up.
        case finished
        /// Points in the ledger.
        case known
    }

    var values: SIMD8<Double>

    static let zero = Levels(values: .zero)

    package subscript(quantity: Quantity) -> Double {
        get { values[quantity.rawValue] }
        set { values[quantity.rawValue] = newValue }
    }
}

/// How levels change over time, in a bounded number of bins of equal width, each with the mean over its time. When the
/// bins are used up, two become one.
package struct Timeline: Sendable {
    private static let capacity = 1_024

    /// In seconds.
    private(set) var binWidth = 0x1p-10
    private var sums = [SIMD8<Double>](repeating: .zero, count: capacity)
    /// How far it goes.
    package private(set) var end = 0.0
    private var peak = SIMD8<Double>.zero
    private var total = SIMD8<Double>.zero

    /// Takes it that levels were the same up to a time.
    mutating func extend(to time: Double, _ levels: Levels) {
        peak = pointwiseMax(peak, levels.values)
        guard time > end else { return }
        total += levels.values * (time - end)
        while time > binWidth * Double(Self.capacity) { halve() }
        while end < time {
            let bin = min(Self.capacity - 1, Int(end / binWidth))
            // The last bin takes what rounding leaves over.
            let until = bin == Self.capacity - 1 ? time : min(time, Double(bin + 1) * binWidth)
            guard until > end else { break }
            sums[bin] += levels.values * (until - end)
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

    package func peak(_ quantity: Levels.Quantity) -> Double { peak[quantity.rawValue] }

    /// The level times the seconds that it lasted, summed up.
    package func integral(_ quantity: Levels.Quantity) -> Double { total[quantity.rawValue] }

    /// The mean over time.
    package func mean(_ quantity: Levels.Quantity) -> Double { end > 0 ? integral(quantity) / end : 0 }

    /// The middle of each bin, in seconds, with the mean over the bin.
    package func course(of quantity: Levels.Quantity) -> [(time: Double, level: Double)] {
        let bins = min(Self.capacity, Int((end / binWidth).rounded(.up)))
        return (0..<bins).map { bin in
            let from = Double(bin) * binWidth
            let until = min(end, from + binWidth)
            return ((from + until) / 2, sums[bin][quantity.rawValue] / max(until - from, .leastNormalMagnitude))
        }
    }
}
