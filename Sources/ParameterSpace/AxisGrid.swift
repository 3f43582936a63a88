/// The values of an axis, numbered from the lowest: what strategies reckon with in whole steps.
///
/// A start that lies between two values of its axis takes a place of its own among them, so that the point which the
/// exploration starts from is on the grid like every other.
package struct AxisGrid: Sendable {
    /// The most values that can be numbered.
    package static let largestCount = 1_000_000_000

    /// How many values there are; at least 1.
    package let count: Int
    private let values: Values
    /// The value between the axis's own, and how many of those lie below it.
    private let extra: (value: ExactDecimal, rank: Int)?

    /// Numbers the values of an axis; nil where there are none, or more than ``largestCount``.
    ///
    /// - Parameter start: a value that takes a place among them if it is not one of them.
    package init?(_ axis: Axis, start: ExactDecimal? = nil) {
        guard let values = Values(axis) else { return nil }
        let rank = start.map(values.countBelow)
        if let start, let rank, rank == values.count || values[rank] != start {
            extra = (start, rank)
            count = values.count + 1
        } else {
            extra = nil
            count = values.count
        }
        self.values = values
        if count == 0 { return nil }
    }

    /// - Parameter index: 0 ..< ``count``.
    package func value(at index: Int) -> ExactDecimal {
        guard let extra, index >= extra.rank else { return values[index] }
        return index == extra.rank ? extra.value : values[index - 1]
    }

    /// The number of a value; nil where it is not one of the grid.
    package func index(of value: ExactDecimal) -> Int? {
        if let extra, value == extra.value { return extra.rank }
        let below = values.countBelow(value)
        guard below < values.count, values[below] == value else { return nil }
        return extra.map { below < $0.rank ? below : below + 1 } ?? below
    }
}

/// The values that an axis itself has.
private enum Values: Sendable {
    case listed([ExactDecimal])
    case stretches([Stretch])

    /// Values at equal distances.
    struct Stretch: Sendable {
        let first: ExactDecimal
        let step: ExactDecimal
        /// The number of its first value.
        let offset: Int
        let count: Int
    }

    /// Nil where there are more than ``AxisGrid/largestCount``.
    init?(_ axis: Axis) {
        switch axis.scale {
        case .logarithmic(let grid):
            self = .listed(grid.values(in: axis.range))
        case .linear(let bins):
            var stretches: [Stretch] = []
            var total = 0
            for (index, bin) in bins.enumerated() {
                let isLast = index == bins.count - 1
                let first = bin.from.roundedUp(toMultipleOf: bin.step)
                let last =
                    isLast ? bin.to.roundedDown(toMultipleOf: bin.step) : bin.to.previousMultiple(of: bin.step)
                guard first <= last else { continue }
                let count = (last.scaled - first.scaled) / bin.step.scaled + 1
                guard count + Int128(total) < Int128(AxisGrid.largestCount) else { return nil }
                stretches.append(Stretch(first: first, step: bin.step, offset: total, count: Int(count)))
                total += Int(count)
            }
            self = .stretches(stretches)
        }
    }

    var count: Int {
        switch self {
        case .listed(let values): values.count
        case .stretches(let stretches): stretches.last.map { $0.offset + $0.count } ?? 0
        }
    }

    subscript(index: Int) -> ExactDecimal {
        switch self {
        case .listed(let values):
            return values[index]
        case .stretches(let stretches):
            guard let stretch = stretches.last(where: { $0.offset <= index }) else {
                preconditionFailure("the values of an axis are numbered from 0")
            }
            return ExactDecimal(scaled: stretch.first.scaled + Int128(index - stretch.offset) * stretch.step.scaled)
        }
    }

    func countBelow(_ value: ExactDecimal) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
