public import Support

/// As much of a point as it takes to decide what should be done about it.
public struct LedgerPoint: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public let hash: [UInt8]
    /// nil for a point that the ledger has heard of from its worker alone.
    public let code: String?
    /// The point that this one was reached from.
    public let parent: [UInt8]?
    /// Where the point is on its way.
    public let state: RunState
    /// Of a completed run.
    public let verdict: Verdict?
    /// Whether it is in state `error` and no more attempts are made.
    public let isGivenUp: Bool
}

extension RunLedger {
    /// A page of the points in one state, in the order of their hashes. Costs what the page costs, whatever the size of
    /// the table.
    ///
    /// - Parameters:
    ///   - verdict: of completed points, which of them; of others, nil.
    ///   - hash: the last hash of the page before; nil for the first page.
    ///   - limit: how many at most. Fewer mean that there are no more.
    public func points(
        in table: String, state: RunState, verdict: Verdict? = nil, after hash: [UInt8]? = nil, limit: Int
    ) async throws -> [LedgerPoint] {
        try await read("points", in: table) { connection, runs in
            let rows = try connection.prepared(Self.page(of: runs, limit: limit))
                .rows([.text(state.rawValue), .texts([verdict?.rawValue]), .hash(hash ?? [])])
            return try rows.map(Self.point)
        }
    }

    /// Parameters: state, verdict, the last hash before the page.
    static func page(of runs: RunTable, limit: Int) -> SQL {
        // Left to itself, MariaDB looks up state and verdict alone, and passes over all pages before.
        """
        SELECT \(pointColumns) FROM \(runs.name) FORCE INDEX (\(RunColumns.stateIndex))
        WHERE \(RunColumns.state) = ? AND \(RunColumns.verdict) <=> ? AND \(RunColumns.hash) > ?
        ORDER BY \(RunColumns.hash) LIMIT \(max(0, limit))
        """
    }

    /// The points with these hashes, one for each; nil where the ledger has none.
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

    /// The hashes of points that begin with these hexadecimal digits, in their order; none where `prefix` is not 1 to 64
    /// of them.
    public func hashes(beginning prefix: String, in table: String, limit: Int) async throws -> [[UInt8]] {
        guard let range = HashText.range(prefix: prefix) else { return [] }
        return try await read("hashes", in: table) { connection, runs in
            let rows = try connection.prepared(
                """
                SELECT \(RunColumns.hash) FROM \(runs.name) WHERE \(RunColumns.hash) BETWEEN ? AND ?
                ORDER BY \(RunColumns.hash) LIMIT \(max(0, limit))
                """
            ).rows([.hash(range.least), .hash(range.greatest)])
            return rows.compactMap { $0.first?.bytesValue }
        }
    }

    /// A point that was given up has a message; one whose next attempt is to come has none.
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
