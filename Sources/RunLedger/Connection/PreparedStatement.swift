internal import CMariaDB

/// A statement that the server has parsed, to be executed any number of times on its connection.
///
/// Its methods may only be called while the connection that made it is open.
final class PreparedStatement {
    private let handle: UnsafeMutablePointer<MYSQL_STMT>
    /// The most that one execution for an array of rows may put on the wire, in bytes.
    private let packetLimit: Int
    private let takesArrays: Bool

    /// The most rows of one execution. Larger batches are executed in parts.
    static let rowLimit = 1_000

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

    /// The number of columns of its result; zero for a statement that has none.
    var columnCount: Int { Int(mysql_stmt_field_count(handle)) }

    /// Executes it once and forgets its result, if it has one.
    ///
    /// - Parameter parameters: a column of one value for each parameter.
    /// - Returns: how many rows it changed.
    @discardableResult
    func execute(_ parameters: [ParameterColumn] = []) throws -> Int {
        try run(parameters, rows: 0..<1, asArray: false)
        defer { mysql_stmt_free_result(handle) }
        return columnCount == 0 ? Int(mysql_stmt_affected_rows(handle)) : 0
    }

    /// Executes it once for every row of `columns`, in as few messages to the server as their size allows.
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
            } while end < count && end - start < Self.rowLimit && size < packetLimit
            try run(columns, rows: start..<end, asArray: true)
            start = end
        }
    }

    /// Executes it once and gives all of its rows.
    func rows(_ parameters: [ParameterColumn] = []) throws -> [[Cell]] {
        try run(parameters, rows: 0..<1, asArray: false)
        defer { mysql_stmt_free_result(handle) }
        guard mysql_stmt_store_result(handle) == 0 else { throw MariaDBError(handle) }
        let reader = try ResultReader(handle)
        var rows: [[Cell]] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    /// Executes it once and gives a reader of its rows, which come from the server as they are read. Until they were
    /// all read, the connection can do nothing else.
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
