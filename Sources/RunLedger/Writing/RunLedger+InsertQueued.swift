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
    func insert(_ points: [QueuedPoint]) throws -> [InsertOutcome] {
        for point in points { try RecordCheck.point(point, parameters: runs.parameters.count) }
        var found = try lookUp(points)
        var outcomes: [InsertOutcome] = []
        var missing: [QueuedPoint] = []
        var incomplete: [QueuedPoint] = []
        for point in points {
            if let row = found[point.hash] {
                outcomes.append(.known(row.state))
                if row.lacksCode { incomplete.append(point) }
            } else {
                outcomes.append(.inserted)
                missing.append(point)
                found[point.hash] = Found(state: .queued, lacksCode: false)
            }
        }
        let statements = RunStatements(runs)
        if !missing.isEmpty {
            let sorted = HashOrder.sorted(missing) { $0.hash }
            try connection.prepared(statements.insert).execute(
                batch: [.hashes(sorted.map(\.hash)), .texts(sorted.map(\.code))] + values(sorted) + [
                    .bytes(sorted.map(\.parent))
                ])
        }
        if !incomplete.isEmpty {
            let sorted = HashOrder.sorted(incomplete) { $0.hash }
            try connection.prepared(statements.fill).execute(
                batch: [.texts(sorted.map(\.code))] + values(sorted) + [
                    .bytes(sorted.map(\.parent)), .hashes(sorted.map(\.hash)),
                ])
        }
        return outcomes
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
