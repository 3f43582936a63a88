internal import Glibc

/// An axis as it follows from the data: the places where points are, and the range that is shown.
///
/// All its numbers are *scaled*: values on a linear axis, their decimal logarithms on a logarithmic one.
struct AxisModel {
    let scale: MapAxis.Scale
    /// The distinct places of points, in ascending order.
    let places: [Double]
    /// The usual distance between neighbouring places; nil where there is only one and no step is stated.
    let gap: Double?
    /// What is shown.
    let range: ClosedRange<Double>

    /// - Parameters:
    ///   - values: The scaled values of the points, at least one, all finite.
    ///   - others: Scaled values that shall be in the range too.
    init(_ axis: MapAxis, values: [Double], others: [Double] = []) {
        scale = axis.scale
        places = Self.distinct(values)
        let step = axis.step.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
        let gaps = zip(places.dropFirst(), places).map { $0 - $1 }.sorted()
        let gap = step ?? (gaps.isEmpty ? nil : gaps[gaps.count / 2])
        self.gap = gap

        let all = Self.distinct(values + others)
        let (lowest, highest) = (all[0], all[all.count - 1])
        let margin: Double
        if highest > lowest {
            margin = max(0.55 * (gap ?? 0), 0.03 * (highest - lowest))
        } else if let gap {
            margin = 2 * gap
        } else if scale == .logarithmic {
            margin = 0.5
        } else {
            margin = lowest == 0 ? 1 : abs(lowest) / 4
        }
        range = (lowest - margin)...(highest + margin)
    }

    /// No quantity is greater than this, or smaller than its reciprocal but not zero. Within, arithmetic is safe.
    static let largest = 1e150

    /// The scaled value; nil when it has no place on such an axis.
    static func scaled(_ value: Double, _ scale: MapAxis.Scale) -> Double? {
        guard abs(value) <= largest else { return nil }
        let isZero = abs(value) < 1 / largest
        return switch scale {
        case .linear: isZero ? 0 : value
        case .logarithmic: isZero || value < 0 ? nil : log10(value)
        }
    }

    /// The number of the place that is nearest to a scaled value.
    func place(nearest value: Double) -> Int {
        var (low, high) = (0, places.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < value { low = middle + 1 } else { high = middle }
        }
        if low > 0, value - places[low - 1] < places[low] - value { return low - 1 }
        return low
    }

    /// The stretch of the axis that stands for a place: half-way to its neighbours, but not much beyond the usual gap.
    ///
    /// - Parameters:
    ///   - previous: The number of the next lower place that counts, if there is one.
    ///   - next: That of the next higher one.
    func extent(of place: Int, previous: Int?, next: Int?) -> ClosedRange<Double> {
        let here = places[place]
        let previous = previous.map { places[$0] } ?? -.infinity
        let next = next.map { places[$0] } ?? .infinity
        let nearest = min(here - previous, next - here)
        // Where the steps are wider than usual, the cells are so too. The little more lets equal steps stay equal
        // although they are rounded; the middle between two places is then the same number for both of their cells.
        let widest = 1.001 * max(gap ?? 0, nearest.isFinite ? nearest : 0)
        let lower = here - previous <= widest ? (previous + here) / 2 : here - widest / 2
        let upper = next - here <= widest ? (here + next) / 2 : here + widest / 2
        return lower...upper
    }

    /// The part of the range where ticks are wanted: what never is negative gets no negative number.
    var tickRange: ClosedRange<Double> {
        scale == .linear && places[0] >= 0 ? max(range.lowerBound, 0)...range.upperBound : range
    }

    /// Sorted, and values that differ by rounding alone taken as one.
    private static func distinct(_ values: [Double]) -> [Double] {
        let sorted = values.sorted()
        let tolerance = max((sorted[sorted.count - 1] - sorted[0]) * 1e-7, abs(sorted[0]) * 1e-12)
        var places: [Double] = []
        for value in sorted where places.isEmpty || value - places[places.count - 1] > tolerance {
            places.append(value)
        }
        return places
    }
}
