package import ParameterSpace
internal import Support

/// Numbered points, in the order in which they were added.
///
/// A point takes four bytes for each parameter that varies, and six to eleven in a hash table with open addressing: ten
/// million points on five axes take less than 300 MB.
package struct PointTable {
    /// The number of a point.
    package typealias Number = UInt32

    private let space: Space
    /// The parameters that distinguish points.
    private let columns: [Int]
    private let startValues: [ExactDecimal]
    private var values: [ValueIndex]
    /// The indices of the points' values, point after point.
    private var coordinates: [UInt32] = []
    /// A point's number + 1; 0 for a free slot. The count is a power of two.
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

    /// The parameters that distinguish the points of a strategy.
    package static func columns(of space: Space, for strategy: Strategy) -> [Int] {
        // A list may set any parameter except the remainder.
        guard case .sequence(.list) = strategy else { return space.axes.map(\.index) }
        return space.parameters.indices.filter {
            if case .remainder = space.parameters[$0].role { false } else { true }
        }
    }

    /// Returns the point's number and adds the point if it is new.
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

    /// The point's number; `nil` if it is unknown.
    package mutating func find(_ point: Point) -> Number? {
        for (column, parameter) in columns.enumerated() {
            guard let number = values[column].number(of: point.values[parameter]) else { return nil }
            sought[column] = number
        }
        let found = slots[slot()]
        return found == 0 ? nil : found - 1
    }

    package func point(_ number: Number) -> Point {
        var pointValues = startValues
        let first = Int(number) * columns.count
        for (column, parameter) in columns.enumerated() {
            pointValues[parameter] = values[column].values[Int(coordinates[first + column])]
        }
        guard let point = space.point(completing: pointValues) else {
            preconditionFailure("what is in the register was a point of the space")
        }
        return point
    }

    /// The slot of ``sought``, or the free slot for it.
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

/// The numbered values of a parameter, in the order of their first use.
struct ValueIndex {
    private(set) var values: [ExactDecimal] = []
    private var numbers: [ExactDecimal: UInt32] = [:]
    /// Neighbours differ in few parameters, so most values repeat the previous one.
    private var latest = (value: ExactDecimal.zero, number: UInt32.max)

    /// The value's number; `nil` if it has none.
    mutating func number(of value: ExactDecimal) -> UInt32? {
        if latest.number != .max, latest.value == value { return latest.number }
        guard let number = numbers[value] else { return nil }
        latest = (value, number)
        return number
    }

    /// Returns the value's number and adds the value if it is new.
    mutating func numbered(_ value: ExactDecimal) -> UInt32 {
        if let number = number(of: value) { return number }
        let number = UInt32(values.count)
        values.append(value)
        numbers[value] = number
        latest = (value, number)
        return number
    }
}

/// The state of a point, in one byte.
struct PointFlags {
    private var bits: UInt8 = 0

    private subscript(bit: UInt8) -> Bool {
        get { bits & bit != 0 }
        set { bits = newValue ? bits | bit : bits & ~bit }
    }

    /// It is in `main_sql` or in an sql-client's batch.
    var isProposed: Bool {
        get { self[1] }
        set { self[1] = newValue }
    }

    /// It is in the ledger.
    var isInLedger: Bool {
        get { self[2] }
        set { self[2] = newValue }
    }

    /// Its verdict is in the ledger.
    var isRecorded: Bool {
        get { self[4] }
        set { self[4] = newValue }
    }

    /// The verdict of its run.
    var isStable: Bool {
        get { self[8] }
        set { self[8] = newValue }
    }

    /// 0…9.
    var priority: Int {
        get { Int(bits >> 4) }
        set { bits = bits & 15 | UInt8(newValue) << 4 }
    }
}
