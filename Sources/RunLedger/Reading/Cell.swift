/// One value of a result.
public enum Cell: Sendable, Hashable {
    case null
    case integer(Int64)
    case unsigned(UInt64)
    case real(Double)
    /// An exact decimal number, as the server writes it. Sums of integers are of this kind.
    case decimal(String)
    /// Text, and dates and times in the server's form (`2026-01-31 12:00:00.000000`).
    case text(String)
    case bytes([UInt8])
}

extension Cell {
    /// The value as a whole number, where it is one.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .unsigned(let value): Int64(exactly: value)
        case .decimal(let text): Int64(text)
        default: nil
        }
    }

    /// The value as a floating-point number, where it is a number.
    public var realValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .real(let value): value
        case .decimal(let text): Double(text)
        default: nil
        }
    }

    /// The value as text, where it is text.
    public var textValue: String? {
        if case .text(let value) = self { value } else { nil }
    }

    var unsignedValue: UInt64? {
        switch self {
        case .integer(let value): UInt64(exactly: value)
        case .unsigned(let value): value
        default: nil
        }
    }

    var bytesValue: [UInt8]? {
        if case .bytes(let value) = self { value } else { nil }
    }
}
