internal import ParameterSpace

/// Numbers for the values that a parameter takes, in the order in which they come up.
struct ValueIndex {
    private(set) var values: [ExactDecimal] = []
    private var numbers: [ExactDecimal: UInt32] = [:]
    /// Neighbours differ in few parameters, so most values are the same as the one before.
    private var latest = (value: ExactDecimal.zero, number: UInt32.max)

    /// The value's number; nil where it has none.
    mutating func number(of value: ExactDecimal) -> UInt32? {
        if latest.number != .max, latest.value == value { return latest.number }
        guard let number = numbers[value] else { return nil }
        latest = (value, number)
        return number
    }

    /// The value's number, a new one where it has none.
    mutating func numbered(_ value: ExactDecimal) -> UInt32 {
        if let number = number(of: value) { return number }
        let number = UInt32(values.count)
        values.append(value)
        numbers[value] = number
        latest = (value, number)
        return number
    }
}
