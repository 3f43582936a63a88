internal import CMariaDB

/// Reads the rows of an executed statement, one after the other.
final class ResultReader {
    let columns: [ResultTable.Column]
    private let statement: UnsafeMutablePointer<MYSQL_STMT>
    private let slots: [Slot]
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>

    /// - Throws: ``MariaDBError`` when the library refuses the columns.
    init(_ statement: UnsafeMutablePointer<MYSQL_STMT>) throws {
        self.statement = statement
        guard let metadata = mysql_stmt_result_metadata(statement) else { throw MariaDBError(statement) }
        defer { mysql_free_result(metadata) }
        let fields = UnsafeBufferPointer(
            start: mysql_fetch_fields(metadata), count: Int(mysql_num_fields(metadata)))
        columns = fields.map { ResultTable.Column(name: String(cString: $0.name), kind: Self.kind(of: $0)) }
        slots = zip(fields, columns).map { Slot($0, kind: $1.kind) }
        binds = .allocate(capacity: slots.count)
        for (index, slot) in slots.enumerated() { slot.bind(&binds[index]) }
        guard mysql_stmt_bind_result(statement, binds.baseAddress) == 0 else { throw MariaDBError(statement) }
    }

    deinit { binds.deallocate() }

    /// Returns the next row; `nil` after the last.
    func next() throws -> [Cell]? {
        switch mysql_stmt_fetch(statement) {
        case 0, MYSQL_DATA_TRUNCATED: break
        case MYSQL_NO_DATA: return nil
        default: throw MariaDBError(statement)
        }
        var row: [Cell] = []
        row.reserveCapacity(slots.count)
        for (index, slot) in slots.enumerated() { row.append(try slot.cell(column: index, of: statement)) }
        return row
    }

    private static func kind(of field: MYSQL_FIELD) -> ResultTable.Column.Kind {
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
            MYSQL_TYPE_YEAR:
            .integer
        case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE: .real
        case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: .decimal
        case MYSQL_TYPE_DATE, MYSQL_TYPE_TIME, MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_NEWDATE: .time
        case MYSQL_TYPE_BIT, MYSQL_TYPE_GEOMETRY: .bytes
        default: field.charsetnr == binaryCharacterSet ? .bytes : .text
        }
    }

    /// The number of the pseudo character set of binary data.
    private static let binaryCharacterSet: UInt32 = 63
}

/// The memory that one column of every row is fetched into.
private final class Slot {
    /// Longer values are fetched a second time, into separate memory.
    private static let capacity = 256

    private let kind: ResultTable.Column.Kind
    private let isUnsigned: Bool
    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
    /// The length, and the flags for NULL and for truncation, at fixed addresses that the library writes to.
    private let length = UnsafeMutablePointer<CUnsignedLong>.allocate(capacity: 1)
    private let flags = UnsafeMutablePointer<CChar>.allocate(capacity: 2)

    init(_ field: MYSQL_FIELD, kind: ResultTable.Column.Kind) {
        self.kind = kind
        isUnsigned = field.flags & UInt32(UNSIGNED_FLAG) != 0
        length.initialize(to: 0)
        flags.initialize(repeating: 0, count: 2)
    }

    deinit {
        buffer.deallocate()
        length.deallocate()
        flags.deallocate()
    }

    func bind(_ bind: inout MYSQL_BIND) {
        let type =
            switch kind {
            case .integer: MYSQL_TYPE_LONGLONG
            case .real: MYSQL_TYPE_DOUBLE
            case .decimal, .text, .time, .bytes: MYSQL_TYPE_STRING
            }
        atmos_bind_result(
            &bind, type, isUnsigned ? 1 : 0, buffer, CUnsignedLong(Self.capacity), length, flags, flags + 1)
    }

    func cell(column: Int, of statement: UnsafeMutablePointer<MYSQL_STMT>) throws -> Cell {
        guard flags[0] == 0 else { return .null }
        switch kind {
        case .integer where isUnsigned:
            let value = buffer.load(as: UInt64.self)
            return Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
        case .integer: return .integer(buffer.load(as: Int64.self))
        case .real: return .real(buffer.load(as: Double.self))
        case .decimal: return .decimal(String(decoding: try bytes(column, of: statement), as: UTF8.self))
        case .text, .time: return .text(String(decoding: try bytes(column, of: statement), as: UTF8.self))
        case .bytes: return .bytes(try bytes(column, of: statement))
        }
    }

    private func bytes(_ column: Int, of statement: UnsafeMutablePointer<MYSQL_STMT>) throws -> [UInt8] {
        let count = Int(length.pointee)
        guard count > Self.capacity else { return Array(UnsafeRawBufferPointer(start: buffer, count: count)) }
        return try [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            var bind = MYSQL_BIND()
            atmos_bind_result(
                &bind, MYSQL_TYPE_STRING, 0, target.baseAddress, CUnsignedLong(count), length, flags, flags + 1)
            guard mysql_stmt_fetch_column(statement, &bind, UInt32(column), 0) == 0 else {
                throw MariaDBError(statement)
            }
            initialized = count
        }
    }
}
