package import ParameterSpace
internal import Support

/// Points by number, in the order in which they became known.
///
/// A point takes four bytes for each of its parameters that vary, and six to eleven of a table with open addressing that
/// finds it again: ten million points on five axes are below 300 MB.
package struct PointRegister {
    /// Of a point.
    package typealias Number = UInt32

    private let space: Space
    /// The parameters that tell points apart.
    private let columns: [Int]
    private let startValues: [ExactDecimal]
    private var values: [ValueIndex]
    /// The numbers of a point's values, point after point.
    private var coordinates: [UInt32] = []
    /// A point's number + 1; 0 where a slot is free. Its count is a power of two.
    private var slots: [UInt32]
    private var sought: [UInt32]
    package private(set) var count = 0

    /// - Parameter columns: the parameters that differ between points; all others keep their start values.
    package init(_ space: Space, columns: [Int]) {
        self.space = space
        self.columns = columns
        startValues = space.parameters.map(\.start)
        values = columns.map { _ in ValueIndex() }
        slots = [UInt32](repeating: 0, count: 1024)
        sought = [UInt32](repeating: 0, count: columns.count)
    }

    /// The parameters that tell apart the points that a strategy can propose.
    package static func columns(of space: Space, for strategy: Strategy) -> [Int] {
        // A list may give a value of its own to any parameter but the filler.
        guard case .sequence(.list) = strategy else { return space.axes.map(\.index) }
        return space.parameters.indices.filter { if case .filler = space.parameters[$0].role { false } else { true } }
    }

    /// The point's number, a new one where it is not known yet.
    package mutating func number(of point: Point) -> (number: Number, isNew: Bool) {
        for (column, parameter) in columns.enumerated() {
            sought[column] = values[column].numbered(point.values[parameter])
        }
        let slot = slot()
        if slots[slot] != 0 { return (slots[slot] - 1, false) }
        coordinates += sought
        count += 1
        slots[slot] = UInt32(count)
        if count * 3 > slots.count * 2 { grow() }
        return (UInt32(count - 1), true)
    }

    /// The point's number; nil where it is not known.
    package mutating func find(_ point: Point) -> Number? {
        for (column, parameter) in columns.enumerated() {
            guard let number = values[column].number(of: point.values[parameter]) else { return nil }
            sought[column] = number
        }
        let found = slots[slot()]
        return found == 0 ? nil : found - 1
    }

    package func point(_ number: Number) -> Point {
        var settled = startValues
        let first = Int(number) * columns.count
        for (column, parameter) in columns.enumerated() {
            settled[parameter] = values[column].values[Int(coordinates[first + column])]
        }
        guard let point = space.point(settled: settled) else {
            preconditionFailure("what is in the register was a point of the space")
        }
        return point
    }

    /// Where ``sought`` is, or the free slot where it belongs.
    private func slot() -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash(sought[...])) & mask
        while slots[slot] != 0, !isSought(slots[slot] - 1) { slot = (slot + 1) & mask }
        return slot
    }

    private func isSought(_ number: Number) -> Bool {
        let first = Int(number) * sought.count
        for column in sought.indices where coordinates[first + column] != sought[column] { return false }
        return true
    }

    private func hash(_ coordinates: ArraySlice<UInt32>) -> UInt64 {
        coordinates.reduce(0) { SplitMix64.mix($0 ^ UInt64($1)) }
    }

    private mutating func grow() {
        let size = slots.count * 2
        slots = []
        var larger = [UInt32](repeating: 0, count: size)
        for number in 0..<count {
            let first = number * columns.count
            var slot = Int(truncatingIfNeeded: hash(coordinates[first..<(first + columns.count)])) & (size - 1)
            while larger[slot] != 0 { slot = (slot + 1) & (size - 1) }
            larger[slot] = UInt32(number + 1)
        }
        slots = larger
    }
}
