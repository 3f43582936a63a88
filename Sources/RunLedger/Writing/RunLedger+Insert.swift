/// A point to be inserted into the ledger.
public struct QueuedPoint: Sendable, Hashable {
    /// The point's key: 32 bytes.
    public var hash: [UInt8]
    /// The values as text, in the declared order; up to 1,000 characters.
    public var code: String
    /// The values in the declared order, all finite.
    public var values: [Double]
    /// The hash of the point that this one was reached from.
    public var parent: [UInt8]?

    /// Creates a point, new or not.
    public init(hash: [UInt8], code: String, values: [Double], parent: [UInt8]? = nil) {
        self.hash = hash
        self.code = code
        self.values = values
        self.parent = parent
    }
}

/// The result of inserting one point.
public enum InsertOutcome: Sendable, Hashable {
    /// It is new.
    case inserted
    /// It existed already, in this state.
    case known(RunState)
}

/// The results of a batch of insertions.
public struct InsertReply: Sendable, Hashable {
    /// One for each point, in the given order.
    public var outcomes: [InsertOutcome]
    /// Whether the connection broke during a commit of this batch, so that the batch was written again without knowing
    /// whether the first attempt had been committed. Then `known(.queued)` may mean that this call inserted the point:
    /// treat it as a redelivery, not as another writer's point.
    public var retriedAfterUnknownCommit: Bool

    /// Creates the reply to a batch.
    public init(outcomes: [InsertOutcome], retriedAfterUnknownCommit: Bool) {
        self.outcomes = outcomes
        self.retriedAfterUnknownCommit = retriedAfterUnknownCommit
    }
}

extension RunLedger {
    /// Inserts points as `queued`, unless the ledger has them.
    ///
    /// A point that the ledger only knows from its worker gets its missing values, and counts as known.
    ///
    /// - Parameter points: may repeat a point; the first occurrence counts.
    /// - Returns: for each point whether it is new, or the state that it was found in.
    /// - Throws: ``LedgerError``: `invalidRecord` for a batch with a point that does not fit the exploration;
    ///   `unknownExploration`; `connectionLost` or `contention` after the time for retries.
    public func insertQueued(_ points: [QueuedPoint], into table: String) async throws -> InsertReply {
        let performed = try await write("insertQueued", in: table) { connection, runs in
            try QueuedInsertion(connection: connection, runs: runs).insert(points)
        }
        return InsertReply(
            outcomes: performed.result, retriedAfterUnknownCommit: performed.retriedAfterUnknownCommit)
    }
}

/// One insertion of points, within a transaction.
private struct QueuedInsertion {
    let connection: MariaDBConnection
    let runs: RunTable

    /// Looks the points up and inserts the missing ones with a plain INSERT. If another writer inserts one of them in
    /// between, the server refuses the duplicate, and the whole transaction is tried again: then the lookup finds it.
    /// So only one writer reports a point as new.
    ///
    /// In a large table every point is in a different page, and reaching that page is most of the cost of an insertion.
    /// So a chunk of hashes is looked up and inserted before the next, while its pages are still in the cache.
    func insert(_ points: [QueuedPoint]) throws -> [InsertOutcome] {
        for point in points { try RecordCheck.point(point, parameters: runs.parameters.count) }
        var outcomes = [InsertOutcome](repeating: .inserted, count: points.count)
        var rest = HashOrder.sorted(Array(points.enumerated())) { $0.element.hash }[...]
        while !rest.isEmpty {
            try insert(chunk: rest.prefix(RowLookup.maxHashes), &outcomes)
            rest = rest.dropFirst(RowLookup.maxHashes)
        }
        return outcomes
    }

    private func insert(
        chunk: ArraySlice<(offset: Int, element: QueuedPoint)>, _ outcomes: inout [InsertOutcome]
    ) throws {
        var found = try lookUp(chunk.map(\.element))
        var missing: [QueuedPoint] = []
        var incomplete: [QueuedPoint] = []
        for (index, point) in chunk {
            if let row = found[point.hash] {
                outcomes[index] = .known(row.state)
                if row.lacksCode { incomplete.append(point) }
            } else {
                missing.append(point)
                found[point.hash] = Found(state: .queued, lacksCode: false)
            }
        }
        let statements = RunStatements(runs)
        if !missing.isEmpty {
            try connection.prepared(statements.insert).execute(
                batch: [.hashes(missing.map(\.hash)), .texts(missing.map(\.code))] + values(missing) + [
                    .bytes(missing.map(\.parent))
                ])
        }
        if !incomplete.isEmpty {
            try connection.prepared(statements.fill).execute(
                batch: [.texts(incomplete.map(\.code))] + values(incomplete) + [
                    .bytes(incomplete.map(\.parent)), .hashes(incomplete.map(\.hash)),
                ])
        }
    }

    private struct Found {
        var state: RunState
        var lacksCode: Bool
    }

    private func lookUp(_ points: [QueuedPoint]) throws -> [[UInt8]: Found] {
        let rows = try RowLookup(connection: connection, table: runs.name).rows(
            "\(RunColumns.hash), \(RunColumns.state), \(RunColumns.code) IS NULL", of: points.map(\.hash))
        var found: [[UInt8]: Found] = [:]
        for cells in rows {
            var row = CellReader(cells)
            found[try row.bytes()] = Found(state: try row.value(of: RunState.self), lacksCode: try row.integer() == 1)
        }
        return found
    }

    private func values(_ points: [QueuedPoint]) -> [ParameterColumn] {
        runs.parameters.indices.map { index in .doubles(points.map { $0.values[index] }) }
    }
}

/// Sorts a batch by hash.
///
/// Writers that lock rows in the same order do not deadlock, and neighbouring rows of the table's tree are written one
/// after the other. Records of the same point keep their order.
enum HashOrder {
    static func sorted<Record>(_ records: [Record], by hash: (Record) -> [UInt8]) -> [Record] {
        // Hashes are evenly distributed: their first eight bytes decide the order of nearly all of them.
        let keys = records.enumerated().map { (prefix: prefix(of: hash($1)), index: $0) }
        return keys.sorted { ($0.prefix, $0.index) < ($1.prefix, $1.index) }.map { records[$0.index] }
    }

    private static func prefix(of hash: [UInt8]) -> UInt64 {
        hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
