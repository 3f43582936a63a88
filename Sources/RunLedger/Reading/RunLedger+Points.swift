public import Support

/// The data of a point that decide what should be done about it.
public struct LedgerPoint: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public let hash: [UInt8]
    /// The parameters as text; `nil` for a point that the ledger only knows from its worker.
    public let code: String?
    /// The hash of the point that this one was reached from.
    public let parent: [UInt8]?
    /// The point's state.
    public let state: RunState
    /// The verdict of a completed run.
    public let verdict: Verdict?
    /// Whether it is in state `error` and no more attempts are made.
    public let isGivenUp: Bool
}

extension RunLedger {
    /// Returns a page of the points in one state, sorted by hash. The cost depends on the page, not on the size of the
    /// table.
    ///
    /// - Parameters:
    ///   - verdict: the verdict of completed points; `nil` for other states.
    ///   - hash: the last hash of the previous page; `nil` for the first page.
    ///   - limit: the maximum number of points. Fewer mean that there are no more.
    public func points(
        in table: String, state: RunState, verdict: Verdict? = nil, after hash: [UInt8]? = nil, limit: Int
    ) async throws -> [LedgerPoint] {
        try await read("points", in: table) { connection, runs in
            let rows = try connection.prepared(Self.page(of: runs, limit: limit))
                .rows([.text(state.rawValue), .texts([verdict?.rawValue]), .hash(hash ?? [])])
            return try rows.map(Self.point)
        }
    }

    /// Parameters: state, verdict, the last hash of the previous page.
    static func page(of runs: RunTable, limit: Int) -> SQL {
        // Without the hint, MariaDB uses the index for state and verdict only, and reads all previous pages.
        """
        SELECT \(pointColumns) FROM \(runs.name) FORCE INDEX (\(RunColumns.stateIndex))
        WHERE \(RunColumns.state) = ? AND \(RunColumns.verdict) <=> ? AND \(RunColumns.hash) > ?
        ORDER BY \(RunColumns.hash) LIMIT \(max(0, limit))
        """
    }

    /// Returns the points with these hashes, one for each; `nil` for those that are unknown.
    public func points(_ hashes: [[UInt8]], in table: String) async throws -> [LedgerPoint?] {
        try await read("points", in: table) { connection, runs in
            var found: [[UInt8]: LedgerPoint] = [:]
            for cells in try RowLookup(connection: connection, table: runs.name).rows(Self.pointColumns, of: hashes) {
                let point = try Self.point(cells)
                found[point.hash] = point
            }
            return hashes.map { found[$0] }
        }
    }

    /// Returns the sorted hashes that begin with these hexadecimal digits; none if `prefix` is not 1 to 64 of them.
    public func hashes(beginning prefix: String, in table: String, limit: Int) async throws -> [[UInt8]] {
        guard let range = Self.hashes(beginning: prefix) else { return [] }
        return try await read("hashes", in: table) { connection, runs in
            let rows = try connection.prepared(
                """
                SELECT \(RunColumns.hash) FROM \(runs.name) WHERE \(RunColumns.hash) BETWEEN ? AND ?
                ORDER BY \(RunColumns.hash) LIMIT \(max(0, limit))
                """
            ).rows([.hash(range.first), .hash(range.last)])
            return rows.compactMap { $0.first?.bytesValue }
        }
    }

    /// The first and the last possible hash that begin with these digits.
    private static func hashes(beginning prefix: String) -> (first: [UInt8], last: [UInt8])? {
        let missing = 2 * HexadecimalHash.byteCount - prefix.utf8.count
        guard !prefix.isEmpty, missing >= 0,
            let first = HexadecimalHash.bytes(prefix + String(repeating: "0", count: missing)),
            let last = HexadecimalHash.bytes(prefix + String(repeating: "f", count: missing))
        else { return nil }
        return (first, last)
    }

    /// A point that was given up has a message; one that awaits its next attempt does not.
    private static let pointColumns: SQL = """
        \(RunColumns.hash), \(RunColumns.code), \(RunColumns.parent), \(RunColumns.state), \(RunColumns.verdict),
        \(RunColumns.state) = 'error' AND \(RunColumns.message) IS NOT NULL
        """

    private static func point(_ cells: [Cell]) throws -> LedgerPoint {
        var row = CellReader(cells)
        return LedgerPoint(
            hash: try row.bytes(), code: try row.optionalText(), parent: try row.optionalBytes(),
            state: try row.value(of: RunState.self), verdict: try row.optionalValue(of: Verdict.self),
            isGivenUp: try row.integer() == 1)
    }
}

/// Looks up points by their hashes.
///
/// A list of hashes is a list of parameters, and a statement has a fixed number of them. So there is one statement for
/// each of a few sizes, and a shorter list is padded with its last hash.
struct RowLookup {
    let connection: MariaDBConnection
    let table: Identifier

    private static let sizes = [1, 16, 128, maxHashes]

    /// The maximum number of hashes of one statement.
    static let maxHashes = 512

    /// Returns the rows of the known hashes, in no particular order.
    ///
    /// - Parameter columns: the selected expressions.
    func rows(_ columns: SQL, of hashes: [[UInt8]]) throws -> [[Cell]] {
        var rows: [[Cell]] = []
        var rest = hashes[...]
        while let last = rest.prefix(Self.maxHashes).last {
            let part = rest.prefix(Self.maxHashes)
            let size = Self.sizes.first { $0 >= part.count }!
            let padded = Array(part) + Array(repeating: last, count: size - part.count)
            let statement = try connection.prepared(
                """
                SELECT \(columns) FROM \(table)
                WHERE \(RunColumns.hash) IN (\(Array(repeating: "?" as SQL, count: size)))
                """)
            rows += try statement.rows(padded.map { .hash($0) })
            rest = rest.dropFirst(part.count)
        }
        return rows
    }
}
