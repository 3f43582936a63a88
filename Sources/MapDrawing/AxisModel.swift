internal import Glibc

/// An axis derived from the data: the places of the points and the visible range.
///
/// All its numbers are *scaled*: values on a linear axis, their decimal logarithms on a logarithmic one.
struct AxisModel {
    let scale: MapAxis.Scale
    /// The distinct places of points, ascending.
    let places: [Double]
    /// The usual distance between neighbouring places; `nil` if there is only one place and no step.
    let gap: Double?
    /// The visible range.
    let range: ClosedRange<Double>

    /// - Parameters:
    ///   - values: the scaled values of the points, at least one, all finite.
    ///   - others: other scaled values that must be in the range.
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

    /// The largest magnitude of a value; its reciprocal is the smallest one above zero. Within these limits, arithmetic
    /// neither overflows nor underflows.
    static let maxMagnitude = 1e150

    /// The scaled value; `nil` if it has no place on the axis.
    static func scaled(_ value: Double, _ scale: MapAxis.Scale) -> Double? {
        guard abs(value) <= maxMagnitude else { return nil }
        let isZero = abs(value) < 1 / maxMagnitude
        return switch scale {
        case .linear: isZero ? 0 : value
        case .logarithmic: isZero || value < 0 ? nil : log10(value)
        }
    }

    /// The index of the place nearest to a scaled value.
    func place(nearest value: Double) -> Int {
        var (low, high) = (0, places.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < value { low = middle + 1 } else { high = middle }
        }
        if low > 0, value - places[low - 1] < places[low] - value { return low - 1 }
        return low
    }

    /// The interval of the axis that represents a place: half-way to its neighbours, but not much wider than the usual
    /// gap.
    ///
    /// - Parameters:
    ///   - previous: the index of the next lower place that counts, if any.
    ///   - next: the index of the next higher place that counts, if any.
    func extent(of place: Int, previous: Int?, next: Int?) -> ClosedRange<Double> {
        let here = places[place]
        let previous = previous.map { places[$0] } ?? -.infinity
        let next = next.map { places[$0] } ?? .infinity
        let nearest = min(here - previous, next - here)
        // Wider steps than usual have wider cells. The factor keeps equal steps equal in spite of rounding, so that the
        // middle between two places is the same number for both cells.
        let widest = 1.001 * max(gap ?? 0, nearest.isFinite ? nearest : 0)
        let lower = here - previous <= widest ? (previous + here) / 2 : here - widest / 2
        let upper = next - here <= widest ? (here + next) / 2 : here + widest / 2
        return lower...upper
    }

    /// The part of the range with ticks: values that are never negative get no negative ticks.
    var tickRange: ClosedRange<Double> {
        scale == .linear && places[0] >= 0 ? max(range.lowerBound, 0)...range.upperBound : range
    }

    /// Returns the values sorted, with those that differ only by rounding merged.
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
