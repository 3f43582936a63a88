internal import CMariaDB

/// The values of a statement's parameters in memory, laid out as the client library reads them.
///
/// All of it lies in one block, which lives as long as this object.
final class BoundParameters {
    let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let block: UnsafeMutableRawPointer

    /// Lays out the given rows of `columns`.
    ///
    /// - Parameters:
    ///   - asArray: whether the statement is executed for an array of rows. If not, `rows` is one row.
    init(_ columns: [ParameterColumn], rows: Range<Int>, asArray: Bool) {
        precondition(asArray || rows.count == 1, "a statement without an array of rows is executed for one")
        binds = .allocate(capacity: columns.count)
        let size = columns.reduce(0) { $0 + Self.size(of: $1, rows: rows) }
        block = .allocate(byteCount: max(size, 8), alignment: 8)
        var room = Room(next: block)
        for (index, column) in columns.enumerated() {
            Self.lay(column, rows: rows, asArray: asArray, in: &room, bind: &binds[index])
        }
    }

    deinit {
        binds.deallocate()
        block.deallocate()
    }

    /// The part of the block that is not taken yet.
    private struct Room {
        var next: UnsafeMutableRawPointer

        mutating func take<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
            let taken = next.bindMemory(to: type, capacity: count)
            next += BoundParameters.padded(count * MemoryLayout<Element>.stride)
            return taken
        }
    }

    /// Everything begins at a multiple of eight bytes.
    private static func padded(_ byteCount: Int) -> Int { (byteCount + 7) & ~7 }

    private static func size(of column: ParameterColumn, rows: Range<Int>) -> Int {
        let indicators = padded(rows.count)
        switch column {
        case .integers, .unsigned, .doubles: return indicators + rows.count * 8
        case .texts(let values):
            return indicators + rows.count * 16 + padded(rows.reduce(0) { $0 + (values[$1]?.utf8.count ?? 0) })
        case .bytes(let values):
            return indicators + rows.count * 16 + padded(rows.reduce(0) { $0 + (values[$1]?.count ?? 0) })
        }
    }

    private static func lay(
        _ column: ParameterColumn, rows: Range<Int>, asArray: Bool, in room: inout Room, bind: inout MYSQL_BIND
    ) {
        switch column {
        case .integers(let values):
            layNumbers(values, type: MYSQL_TYPE_LONGLONG, rows: rows, asArray: asArray, in: &room, bind: &bind)
        case .unsigned(let values):
            layNumbers(
                values, type: MYSQL_TYPE_LONGLONG, isUnsigned: true, rows: rows, asArray: asArray, in: &room,
                bind: &bind)
        case .doubles(let values):
            layNumbers(values, type: MYSQL_TYPE_DOUBLE, rows: rows, asArray: asArray, in: &room, bind: &bind)
        case .texts(let values):
            layStrings(
                values, type: MYSQL_TYPE_STRING, rows: rows, asArray: asArray, in: &room, bind: &bind,
                count: { $0.utf8.count },
                copy: { value, target in
                    var value = value
                    value.withUTF8 { target.copyMemory(from: UnsafeRawPointer($0.baseAddress!), byteCount: $0.count) }
                })
        case .bytes(let values):
            layStrings(
                values, type: MYSQL_TYPE_BLOB, rows: rows, asArray: asArray, in: &room, bind: &bind,
                count: { $0.count },
                copy: { value, target in
                    value.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
                })
        }
    }

    private static func layNumbers<Number: Numeric>(
        _ values: [Number?], type: enum_field_types, isUnsigned: Bool = false, rows: Range<Int>, asArray: Bool,
        in room: inout Room, bind: inout MYSQL_BIND
    ) {
        let numbers = room.take(rows.count, of: Number.self)
        let indicators = room.take(rows.count, of: CChar.self)
        for (offset, row) in rows.enumerated() {
            numbers[offset] = values[row] ?? 0
            indicators[offset] = values[row] == nil ? isNull : isThere
        }
        if asArray {
            atmos_bind_column(&bind, type, isUnsigned ? 1 : 0, numbers, nil, indicators)
        } else {
            atmos_bind_value(&bind, type, isUnsigned ? 1 : 0, numbers, nil, indicators)
        }
    }

    private static func layStrings<Value>(
        _ values: [Value?], type: enum_field_types, rows: Range<Int>, asArray: Bool, in room: inout Room,
        bind: inout MYSQL_BIND, count: (Value) -> Int, copy: (Value, UnsafeMutableRawPointer) -> Void
    ) {
        let pointers = room.take(rows.count, of: UnsafeMutableRawPointer.self)
        let lengths = room.take(rows.count, of: CUnsignedLong.self)
        let indicators = room.take(rows.count, of: CChar.self)
        var end = room.next
        for (offset, row) in rows.enumerated() {
            pointers[offset] = end
            lengths[offset] = 0
            indicators[offset] = isNull
            guard let value = values[row] else { continue }
            indicators[offset] = isThere
            let length = count(value)
            guard length > 0 else { continue }
            copy(value, end)
            lengths[offset] = CUnsignedLong(length)
            end += length
        }
        room.next += padded(end - room.next)
        if asArray {
            atmos_bind_column(&bind, type, 0, pointers, lengths, indicators)
        } else {
            atmos_bind_value(&bind, type, 0, pointers[0], lengths, indicators)
        }
    }

    /// What the library takes for NULL: both as an array's indicator and as the null flag of a single value.
    private static let isNull = CChar(STMT_INDICATOR_NULL.rawValue)
    private static let isThere = CChar(STMT_INDICATOR_NONE.rawValue)
}
