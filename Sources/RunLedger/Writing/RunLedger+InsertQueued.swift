extension RunLedger {
    /// Puts points in the ledger as `queued`, unless they are there.
    ///
    /// A point that the ledger has heard of from its worker alone gets what it lacks, and counts as known.
    ///
    /// - Parameter points: the same point may be among them more than once; the first one counts.
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

    /// Looks the points up, then inserts those that are missing with a plain INSERT. Where another writer inserts one
    /// of them in between, the server refuses the duplicate, and the whole transaction is tried again: the second look
    /// finds it. So a point is reported as new by one writer only.
    ///
    /// In a large table every point lies in a page of its own, far from the others, and to go there is most of what an
    /// insertion costs. So a stretch of hashes is looked up and inserted before the next: its pages are still at hand.
    func insert(_ points: [QueuedPoint]) throws -> [InsertOutcome] {
        for point in points { try RecordCheck.point(point, parameters: runs.parameters.count) }
        var outcomes = [InsertOutcome](repeating: .inserted, count: points.count)
        var rest = HashOrder.sorted(Array(points.enumerated())) { $0.element.hash }[...]
        while !rest.isEmpty {
            try insert(stretch: rest.prefix(RowLookup.longest), &outcomes)
            rest = rest.dropFirst(RowLookup.longest)
        }
        return outcomes
    }

    private func insert(
        stretch: ArraySlice<(offset: Int, element: QueuedPoint)>, _ outcomes: inout [InsertOutcome]
    ) throws {
        var found = try lookUp(stretch.map(\.element))
        var missing: [QueuedPoint] = []
        var incomplete: [QueuedPoint] = []
        for (index, point) in stretch {
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
