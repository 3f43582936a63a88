/// Takes the cells of a row one after the other, each as the type that its column has.
struct CellReader {
    private var cells: ArraySlice<Cell>

    init(_ row: [Cell]) { cells = row[...] }

    /// - Throws: ``LedgerError`` where the column is of another type: somebody changed the table.
    mutating func integer() throws -> Int64 { try required("a whole number") { $0.integerValue } }
    mutating func unsigned() throws -> UInt64 { try required("a whole number above zero") { $0.unsignedValue } }
    mutating func text() throws -> String { try required("text") { $0.textValue } }
    mutating func bytes() throws -> [UInt8] { try required("bytes") { $0.bytesValue } }
    mutating func real() throws -> Double { try required("a number") { $0.realValue } }

    mutating func optionalInteger() throws -> Int64? { try optional { try $0.integer() } }
    mutating func optionalText() throws -> String? { try optional { try $0.text() } }
    mutating func optionalBytes() throws -> [UInt8]? { try optional { try $0.bytes() } }
    mutating func optionalReal() throws -> Double? { try optional { try $0.real() } }

    /// A value of an enumeration by its name.
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
            throw LedgerError(
                .server, "A column of the ledger does not hold \(expected), as it should: its table was changed.")
        }
        return value
    }
}
