internal import CMariaDB

/// A statement that the server has parsed, to be executed any number of times on its connection.
///
/// Its methods may only be called while the connection that made it is open.
final class PreparedStatement {
    private let handle: UnsafeMutablePointer<MYSQL_STMT>
    /// The limit in bytes for one execution for an array of rows.
    private let packetLimit: Int
    private let takesArrays: Bool

    /// The maximum number of rows of one execution. Larger batches are executed in parts.
    private static let maxRows = 1_000

    init(_ sql: SQL, on mysql: UnsafeMutablePointer<MYSQL>, packetLimit: Int, takesArrays: Bool) throws {
        guard let handle = mysql_stmt_init(mysql) else { throw MariaDBError(mysql) }
        self.handle = handle
        self.packetLimit = packetLimit
        self.takesArrays = takesArrays
        var text = sql.text
        let status = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                mysql_stmt_prepare(handle, $0.baseAddress, CUnsignedLong($0.count))
            }
        }
        // The statement that could not be prepared is closed by deinit, since all properties are set.
        guard status == 0 else { throw MariaDBError(handle) }
    }

    deinit { mysql_stmt_close(handle) }

    var parameterCount: Int { Int(mysql_stmt_param_count(handle)) }

    /// The number of columns of its result; 0 for a statement without a result.
    var columnCount: Int { Int(mysql_stmt_field_count(handle)) }

    /// Executes the statement once and discards its result.
    ///
    /// - Parameter parameters: a column of one value for each parameter.
    /// - Returns: the number of rows that it changed.
    @discardableResult
    func execute(_ parameters: [ParameterColumn] = []) throws -> Int {
        try run(parameters, rows: 0..<1, asArray: false)
        defer { mysql_stmt_free_result(handle) }
        return columnCount == 0 ? Int(mysql_stmt_affected_rows(handle)) : 0
    }

    /// Executes the statement once for every row of `columns`, in as few messages to the server as their size allows.
    func execute(batch columns: [ParameterColumn]) throws {
        let count = columns.first?.count ?? 0
        precondition(columns.allSatisfy { $0.count == count }, "every parameter needs a value for every row")
        guard takesArrays else {
            for row in 0..<count { try run(columns, rows: row..<row + 1, asArray: false) }
            return
        }
        var start = 0
        while start < count {
            var end = start
            var size = 0
            repeat {
                size += columns.reduce(0) { $0 + $1.byteCount(ofRow: end) }
                end += 1
            } while end < count && end - start < Self.maxRows && size < packetLimit
            try run(columns, rows: start..<end, asArray: true)
            start = end
        }
    }

    /// Executes the statement once and returns all of its rows.
    func rows(_ parameters: [ParameterColumn] = []) throws -> [[Cell]] {
        try run(parameters, rows: 0..<1, asArray: false)
        defer { mysql_stmt_free_result(handle) }
        guard mysql_stmt_store_result(handle) == 0 else { throw MariaDBError(handle) }
        let reader = try ResultReader(handle)
        var rows: [[Cell]] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    /// Executes the statement once and returns a reader of its rows, which come from the server as they are read. The
    /// connection can do nothing else until all are read.
    func streamRows(_ parameters: [ParameterColumn] = []) throws -> ResultReader {
        try run(parameters, rows: 0..<1, asArray: false)
        return try ResultReader(handle)
    }

    private func run(_ columns: [ParameterColumn], rows: Range<Int>, asArray: Bool) throws {
        precondition(columns.count == parameterCount, "\(parameterCount) parameters, given \(columns.count)")
        var arraySize = asArray ? UInt32(rows.count) : 0
        mysql_stmt_attr_set(handle, STMT_ATTR_ARRAY_SIZE, &arraySize)
        let parameters = BoundParameters(columns, rows: rows, asArray: asArray)
        try withExtendedLifetime(parameters) {
            if !columns.isEmpty {
                guard mysql_stmt_bind_param(handle, parameters.binds.baseAddress) == 0 else {
                    throw MariaDBError(handle)
                }
            }
            guard mysql_stmt_execute(handle) == 0 else { throw MariaDBError(handle) }
        }
    }
}

/// The values of one parameter for all rows of a batch.
enum ParameterColumn {
    case integers([Int64?])
    case unsigned([UInt64?])
    case doubles([Double?])
    case texts([String?])
    case bytes([[UInt8]?])

    static func hashes(_ hashes: [[UInt8]]) -> ParameterColumn { .bytes(hashes) }

    /// The only value of a statement that is executed once.
    static func text(_ value: String) -> ParameterColumn { .texts([value]) }
    static func integer(_ value: Int64) -> ParameterColumn { .integers([value]) }
    static func hash(_ value: [UInt8]) -> ParameterColumn { .bytes([value]) }

    /// The same value for every row.
    static func integer(_ value: Int64, repeated count: Int) -> ParameterColumn {
        .integers(Array(repeating: value, count: count))
    }

    var count: Int {
        switch self {
        case .integers(let values): values.count
        case .unsigned(let values): values.count
        case .doubles(let values): values.count
        case .texts(let values): values.count
        case .bytes(let values): values.count
        }
    }

    /// The approximate size of a row's value on the wire, in bytes.
    func byteCount(ofRow row: Int) -> Int {
        switch self {
        case .integers, .unsigned, .doubles: 9
        case .texts(let values): (values[row]?.utf8.count ?? 0) + 10
        case .bytes(let values): (values[row]?.count ?? 0) + 10
        }
    }
}

/// The values of a statement's parameters in memory, laid out as the client library reads them.
///
/// They are in one block, which lives as long as this object.
private final class BoundParameters {
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
        var space = FreeSpace(next: block)
        for (index, column) in columns.enumerated() {
            Self.write(column, rows: rows, asArray: asArray, to: &space, bind: &binds[index])
        }
    }

    deinit {
        binds.deallocate()
        block.deallocate()
    }

    /// The part of the block that is still unused.
    private struct FreeSpace {
        var next: UnsafeMutableRawPointer

        mutating func allocate<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
            let start = next.bindMemory(to: type, capacity: count)
            next += BoundParameters.padded(count * MemoryLayout<Element>.stride)
            return start
        }
    }

    /// Rounds up to a multiple of eight bytes, where every array starts.
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

    private static func write(
        _ column: ParameterColumn, rows: Range<Int>, asArray: Bool, to space: inout FreeSpace, bind: inout MYSQL_BIND
    ) {
        switch column {
        case .integers(let values):
            writeNumbers(values, type: MYSQL_TYPE_LONGLONG, rows: rows, asArray: asArray, to: &space, bind: &bind)
        case .unsigned(let values):
            writeNumbers(
                values, type: MYSQL_TYPE_LONGLONG, isUnsigned: true, rows: rows, asArray: asArray, to: &space,
                bind: &bind)
        case .doubles(let values):
            writeNumbers(values, type: MYSQL_TYPE_DOUBLE, rows: rows, asArray: asArray, to: &space, bind: &bind)
        case .texts(let values):
            writeStrings(
                values, type: MYSQL_TYPE_STRING, rows: rows, asArray: asArray, to: &space, bind: &bind,
                count: { $0.utf8.count },
                copy: { value, target in
                    var value = value
                    value.withUTF8 { target.copyMemory(from: UnsafeRawPointer($0.baseAddress!), byteCount: $0.count) }
                })
        case .bytes(let values):
            writeStrings(
                values, type: MYSQL_TYPE_BLOB, rows: rows, asArray: asArray, to: &space, bind: &bind,
                count: { $0.count },
                copy: { value, target in
                    value.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
                })
        }
    }

    private static func writeNumbers<Number: Numeric>(
        _ values: [Number?], type: enum_field_types, isUnsigned: Bool = false, rows: Range<Int>, asArray: Bool,
        to space: inout FreeSpace, bind: inout MYSQL_BIND
    ) {
        let numbers = space.allocate(rows.count, of: Number.self)
        let indicators = space.allocate(rows.count, of: CChar.self)
        for (offset, row) in rows.enumerated() {
            numbers[offset] = values[row] ?? 0
            indicators[offset] = values[row] == nil ? isNull : isPresent
        }
        if asArray {
            atmos_bind_column(&bind, type, isUnsigned ? 1 : 0, numbers, nil, indicators)
        } else {
            atmos_bind_value(&bind, type, isUnsigned ? 1 : 0, numbers, nil, indicators)
        }
    }

    private static func writeStrings<Value>(
        _ values: [Value?], type: enum_field_types, rows: Range<Int>, asArray: Bool, to space: inout FreeSpace,
        bind: inout MYSQL_BIND, count: (Value) -> Int, copy: (Value, UnsafeMutableRawPointer) -> Void
    ) {
        let pointers = space.allocate(rows.count, of: UnsafeMutableRawPointer.self)
        let lengths = space.allocate(rows.count, of: CUnsignedLong.self)
        let indicators = space.allocate(rows.count, of: CChar.self)
        var end = space.next
        for (offset, row) in rows.enumerated() {
            pointers[offset] = end
            lengths[offset] = 0
            indicators[offset] = isNull
            guard let value = values[row] else { continue }
            indicators[offset] = isPresent
            let length = count(value)
            guard length > 0 else { continue }
            copy(value, end)
            lengths[offset] = CUnsignedLong(length)
            end += length
        }
        space.next += padded(end - space.next)
        if asArray {
            atmos_bind_column(&bind, type, 0, pointers, lengths, indicators)
        } else {
            atmos_bind_value(&bind, type, 0, pointers[0], lengths, indicators)
        }
    }

    /// The library's mark for NULL: both an array's indicator and the null flag of a single value.
    private static let isNull = CChar(STMT_INDICATOR_NULL.rawValue)
    private static let isPresent = CChar(STMT_INDICATOR_NONE.rawValue)
}
