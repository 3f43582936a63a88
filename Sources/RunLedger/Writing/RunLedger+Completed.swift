public import Support

extension RunLedger {
    /// Records verdicts. The first verdict on a point stays, whatever comes after it.
    ///
    /// - Returns: for each record the verdict that the ledger holds on its point afterwards.
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordCompleted(_ records: [CompletedRecord], in table: String) async throws -> [Verdict] {
        try await write("recordCompleted", in: table) { connection, runs in
            for record in records { try RecordCheck.completed(record, outputs: runs.outputs.count) }
            let sorted = HashOrder.sorted(records) { $0.run.hash }
            let attempts = sorted.map(\.run)
            let (ends, seconds) = RunningColumns.ends(attempts, sorted.map(\.endedAt))
            let messages = RunningColumns.messages(sorted.map(\.message))
            let artifacts = ParameterColumn.texts(
                sorted.map { record in
                    record.artifact.map { BoundedText.start(of: $0, characters: TextLimit.artifact) }
                })
            let outputs = runs.outputs.indices.map { index in
                ParameterColumn.doubles(
                    sorted.map { index < $0.outputs.count ? RecordCheck.storable($0.outputs[index]) : nil })
            }
            try connection.prepared(RunStatements(runs).completed).execute(
                batch: RunningColumns.ofRuns(attempts) + [
                    ends, seconds, .texts(sorted.map(\.verdict.rawValue)),
                    .integers(sorted.map { $0.iterations.map(Int64.init) }), messages, artifacts,
                ] + outputs)
            try connection.prepared(AttemptStatements.completed).execute(
                batch: RunningColumns.ofAttempts(attempts, exploration: runs.id) + [
                    ends, messages,
                    .texts(
                        sorted.map { record in
                            record.logTail.map { BoundedText.end(of: $0, bytes: TextLimit.completedLogTail) }
                        }),
                    .texts(
                        sorted.map { record in
                            record.exitStatus.map { BoundedText.start(of: $0, characters: TextLimit.name) }
                        }), .integers(sorted.map(\.peakMemory)), artifacts,
                ])
            return try Self.verdicts(of: records.map(\.run.hash), in: runs, on: connection)
        }.result
    }

    /// The verdicts on completed points, one for each hash.
    private static func verdicts(
        of hashes: [[UInt8]], in runs: RunTable, on connection: MariaDBConnection
    ) throws -> [Verdict] {
        var found: [[UInt8]: Verdict] = [:]
        let rows = try RowLookup(connection: connection, table: runs.name)
            .rows("\(RunColumns.hash), \(RunColumns.verdict)", of: hashes)
        for cells in rows {
            var row = CellReader(cells)
            found[try row.bytes()] = try row.value(of: Verdict.self)
        }
        return try hashes.map { hash in
            guard let verdict = found[hash] else {
                throw LedgerError(.server, "A run is not in the table “\(runs.name.text)” after it was written there.")
            }
            return verdict
        }
    }
}
