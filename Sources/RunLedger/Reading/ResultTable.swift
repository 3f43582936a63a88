/// The result of a query: its columns, and rows of typed cells.
public struct ResultTable: Sendable, Hashable {
    /// A column of a result.
    public struct Column: Sendable, Hashable {
        /// The kind of a column's cells, apart from NULL.
        public enum Kind: String, Sendable {
            case integer
            case real
            case decimal
            case text
            /// A date or a time, as text.
            case time
            case bytes
        }

        /// The name in the query's result.
        public let name: String
        /// The kind of its cells.
        public let kind: Kind

        /// Creates a column of a result.
        public init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// The columns, in the query's order.
    public let columns: [Column]
    /// As many cells in each row as there are columns.
    public let rows: [[Cell]]
    /// Whether there were more rows than the limit.
    public let isTruncated: Bool

    /// Creates a result.
    public init(columns: [Column], rows: [[Cell]], isTruncated: Bool) {
        self.columns = columns
        self.rows = rows
        self.isTruncated = isTruncated
    }
}

/// One value of a result.
public enum Cell: Sendable, Hashable {
    case null
    case integer(Int64)
    case unsigned(UInt64)
    case real(Double)
    /// An exact decimal number in the server's notation. Sums of integers are of this kind.
    case decimal(String)
    /// Text, and dates and times in the server's form (`2026-01-31 12:00:00.000000`).
    case text(String)
    case bytes([UInt8])
}

extension Cell {
    /// The value as a whole number; `nil` if it is not one.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .unsigned(let value): Int64(exactly: value)
        case .decimal(let text): Int64(text)
        default: nil
        }
    }

    /// The value as a floating-point number; `nil` if it is not a number.
    public var realValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .real(let value): value
        case .decimal(let text): Double(text)
        default: nil
        }
    }

    /// The value as text; `nil` if it is not text.
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

/// Decodes the cells of a row one after the other, each as the type of its column.
///
/// Every method throws ``LedgerError`` if the column is of another type, because the table was altered.
struct CellReader {
    private var cells: ArraySlice<Cell>

    init(_ row: [Cell]) { cells = row[...] }

    mutating func integer() throws -> Int64 { try required("a whole number") { $0.integerValue } }
    mutating func unsigned() throws -> UInt64 { try required("a whole number from 0") { $0.unsignedValue } }
    mutating func text() throws -> String { try required("text") { $0.textValue } }
    mutating func bytes() throws -> [UInt8] { try required("bytes") { $0.bytesValue } }
    mutating func real() throws -> Double { try required("a number") { $0.realValue } }

    mutating func optionalInteger() throws -> Int64? { try optional { try $0.integer() } }
    mutating func optionalText() throws -> String? { try optional { try $0.text() } }
    mutating func optionalBytes() throws -> [UInt8]? { try optional { try $0.bytes() } }
    mutating func optionalReal() throws -> Double? { try optional { try $0.real() } }

    /// Decodes a value of an enumeration by its name.
    mutating func value<Value: RawRepresentable>(of: Value.Type) throws -> Value where Value.RawValue == String {
        try required("one of the known words") { $0.textValue.flatMap(Value.init(rawValue:)) }
    }

    mutating func optionalValue<Value: RawRepresentable>(of type: Value.Type) throws -> Value?
    where Value.RawValue == String {
        try optional { try $0.value(of: type) }
    }

    private mutating func optional<Value>(_ read: (inout CellReader) throws -> Value) throws -> Value? {
        if cells.first == .null {
            cells.removeFirst()
            return nil
        }
        return try read(&self)
    }

    private mutating func required<Value>(_ expected: String, _ convert: (Cell) -> Value?) throws -> Value {
        guard let cell = cells.popFirst(), let value = convert(cell) else {
            throw LedgerError(.server, "a column of the ledger does not hold \(expected): its table was altered")
        }
        return value
    }
}
