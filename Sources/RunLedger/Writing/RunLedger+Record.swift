public import Support

extension RunLedger {
    /// Records that points are being run.
    ///
    /// A row that is `completed`, or that has a greater token, does not change.
    ///
    /// - Throws: ``LedgerError``, like every writing operation: `invalidRecord`, `unknownExploration`,
    ///   `connectionLost`, `contention`. Then nothing of the batch is in the ledger.
    public func recordRunning(_ attempts: [Attempt], in table: String) async throws {
        _ = try await write("recordRunning", in: table) { connection, runs in
            for attempt in attempts { try RecordCheck.attempt(attempt) }
            let sorted = HashOrder.sorted(attempts) { $0.hash }
            try connection.prepared(RunStatements(runs).running).execute(batch: AttemptParameters.forRuns(sorted))
            try connection.prepared(AttemptStatements.running).execute(
                batch: AttemptParameters.forHistory(sorted, exploration: runs.id))
        }
    }

    /// Records that attempts were given up without an end: their points wait again, as `queued`.
    ///
    /// A row that is `completed`, or that has a greater token, does not change. A message that the attempt has started, which
    /// arrives later, does not make the point `running` again.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordReleased(_ records: [ReleasedRecord], in table: String) async throws {
        _ = try await write("recordReleased", in: table) { connection, runs in
            for record in records { try RecordCheck.attempt(record.attempt) }
            let sorted = HashOrder.sorted(records) { $0.attempt.hash }
            let attempts = sorted.map(\.attempt)
            try connection.prepared(RunStatements(runs).released).execute(batch: AttemptParameters.forRuns(attempts))
            let (ends, _) = AttemptParameters.ends(attempts, sorted.map(\.endedAt))
            try connection.prepared(AttemptStatements.released).execute(
                batch: AttemptParameters.forHistory(attempts, exploration: runs.id) + [ends])
        }
    }

    /// Records failed attempts.
    ///
    /// A row that is `completed`, or that has a greater token, does not change; the history keeps every attempt.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordFailures(_ records: [FailureRecord], in table: String) async throws {
        _ = try await write("recordFailures", in: table) { connection, runs in
            for record in records { try RecordCheck.attempt(record.attempt) }
            let sorted = HashOrder.sorted(records) { $0.attempt.hash }
            let attempts = sorted.map(\.attempt)
            let (ends, seconds) = AttemptParameters.ends(attempts, sorted.map(\.endedAt))
            let messages = AttemptParameters.texts(sorted, limit: TextLimit.message) { $0.message }
            try connection.prepared(RunStatements(runs).failed).execute(
                batch: AttemptParameters.forRuns(attempts) + [ends, seconds, messages])
            try connection.prepared(AttemptStatements.failed).execute(
                batch: AttemptParameters.forHistory(attempts, exploration: runs.id) + [
                    ends, AttemptParameters.texts(sorted, limit: TextLimit.kind) { $0.kind }, messages,
                    .texts(sorted.map { BoundedText.end(of: $0.logTail, bytes: TextLimit.logTail) }),
                    AttemptParameters.texts(sorted, limit: TextLimit.name) { $0.exitStatus },
                    .integers(sorted.map(\.peakMemory)),
                ])
        }
    }

    /// Records that no more attempts are made at points: their state becomes `error`, unless they are `completed` or
    /// have a greater token. The last attempt's own error message is kept.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordExhausted(_ records: [ExhaustedRecord], in table: String) async throws {
        _ = try await write("recordExhausted", in: table) { connection, runs in
            for record in records {
                try RecordCheck.hash(record.hash)
                try RecordCheck.token(record.token)
            }
            let sorted = HashOrder.sorted(records) { $0.hash }
            let messages = AttemptParameters.texts(sorted, limit: TextLimit.message) { $0.message }
            try connection.prepared(RunStatements(runs).exhausted).execute(
                batch: [.hashes(sorted.map(\.hash)), .unsigned(sorted.map(\.token)), messages, messages])
        }
    }

    /// Records verdicts. The first verdict on a point is final.
    ///
    /// - Returns: for each record the verdict that the ledger holds for its point afterwards.
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordCompleted(_ records: [CompletedRecord], in table: String) async throws -> [Verdict] {
        try await write("recordCompleted", in: table) { connection, runs in
            for record in records { try RecordCheck.completed(record, outputs: runs.outputs.count) }
            let sorted = HashOrder.sorted(records) { $0.attempt.hash }
            let attempts = sorted.map(\.attempt)
            let (ends, seconds) = AttemptParameters.ends(attempts, sorted.map(\.endedAt))
            let messages = AttemptParameters.texts(sorted, limit: TextLimit.message) { $0.message }
            let artifacts = AttemptParameters.texts(sorted, limit: TextLimit.artifact) { $0.artifact }
            let outputs = runs.outputs.indices.map { index in
                ParameterColumn.doubles(
                    sorted.map { index < $0.outputs.count ? RecordCheck.storable($0.outputs[index]) : nil })
            }
            try connection.prepared(RunStatements(runs).completed).execute(
                batch: AttemptParameters.forRuns(attempts) + [
                    ends, seconds, .texts(sorted.map(\.verdict.rawValue)),
                    .integers(sorted.map { $0.iterations.map(Int64.init) }), messages, artifacts,
                ] + outputs)
            try connection.prepared(AttemptStatements.completed).execute(
                batch: AttemptParameters.forHistory(attempts, exploration: runs.id) + [
                    ends, messages,
                    .texts(
                        sorted.map { record in
                            record.logTail.map { BoundedText.end(of: $0, bytes: TextLimit.completedLogTail) }
                        }), AttemptParameters.texts(sorted, limit: TextLimit.name) { $0.exitStatus },
                    .integers(sorted.map(\.peakMemory)), artifacts,
                ])
            return try Self.verdicts(on: records.map(\.attempt.hash), in: runs, on: connection)
        }.result
    }

    /// Returns the verdicts on completed points, one for each hash.
    private static func verdicts(
        on hashes: [[UInt8]], in runs: RunTable, on connection: MariaDBConnection
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
                throw LedgerError(.server, "a run is missing from the table '\(runs.name.text)' after it was written")
            }
            return verdict
        }
    }
}

/// The parameters that all records of attempts have in common, for a batch.
enum AttemptParameters {
    /// For the table of runs: hash, token, attempt, worker, model, model version, start.
    static func forRuns(_ attempts: [Attempt]) -> [ParameterColumn] {
        [
            .hashes(attempts.map(\.hash)), .unsigned(attempts.map(\.token)),
            .integers(attempts.map { Int64($0.attempt) }), names(attempts) { $0.worker }, names(attempts) { $0.model },
            names(attempts) { $0.modelVersion }, .integers(attempts.map { RecordCheck.storable($0.startedAt) }),
        ]
    }

    /// For the history: exploration, hash, token, attempt, worker, host, model, model version, start, pod, node,
    /// exploration's digest, software version.
    static func forHistory(_ attempts: [Attempt], exploration: Int64) -> [ParameterColumn] {
        [
            .integer(exploration, repeated: attempts.count), .hashes(attempts.map(\.hash)),
            .unsigned(attempts.map(\.token)), .integers(attempts.map { Int64($0.attempt) }),
            names(attempts) { $0.worker },
            names(attempts) { $0.host }, names(attempts) { $0.model }, names(attempts) { $0.modelVersion },
            .integers(attempts.map { RecordCheck.storable($0.startedAt) }), names(attempts) { $0.pod },
            names(attempts) { $0.node }, texts(attempts, limit: TextLimit.digest) { $0.explorationDigest },
            names(attempts) { $0.softwareVersion },
        ]
    }

    /// The ends of the attempts, and their durations in seconds.
    static func ends(_ attempts: [Attempt], _ ends: [Int64]) -> (end: ParameterColumn, seconds: ParameterColumn) {
        let seconds = zip(attempts, ends).map { attempt, end in
            max(0, Double(RecordCheck.storable(end) - RecordCheck.storable(attempt.startedAt)) / 1e6)
        }
        return (.integers(ends.map(RecordCheck.storable)), .doubles(seconds))
    }

    /// A text of each record, truncated to a number of characters.
    static func texts<Record>(_ records: [Record], limit: Int, _ text: (Record) -> String?) -> ParameterColumn {
        .texts(records.map { record in text(record).map { BoundedText.start(of: $0, characters: limit) } })
    }

    private static func names(_ attempts: [Attempt], _ name: (Attempt) -> String?) -> ParameterColumn {
        texts(attempts, limit: TextLimit.name, name)
    }
}

/// Refuses records that cannot be stored, before anything of their batch is written.
enum RecordCheck {
    /// The last microsecond of the year 9999, the latest time that the server can store.
    private static let maxTime: Int64 = 253_402_300_799_999_999

    static func hash(_ hash: [UInt8]) throws {
        guard hash.count == HexadecimalHash.byteCount else {
            throw LedgerError(
                .invalidRecord, "the hash of a point has \(hash.count) bytes instead of \(HexadecimalHash.byteCount)")
        }
    }

    static func token(_ token: UInt64) throws {
        guard token > 0 else {
            throw LedgerError(.invalidRecord, "a record has the fencing token 0: the tokens of leases start at 1")
        }
    }

    static func point(_ point: QueuedPoint, parameters: Int) throws {
        try hash(point.hash)
        if let parent = point.parent { try hash(parent) }
        guard point.code.unicodeScalars.count <= TextLimit.code else {
            throw LedgerError(
                .invalidRecord,
                "the code of a point is longer than \(TextLimit.code) characters: '\(point.code.prefix(60))…'")
        }
        guard point.values.count == parameters else {
            throw LedgerError(
                .invalidRecord,
                "the point '\(point.code)' has \(point.values.count) values instead of \(parameters): its exploration"
                    + " is registered with other parameters")
        }
        guard point.values.allSatisfy(\.isFinite) else {
            throw LedgerError(.invalidRecord, "the point '\(point.code)' has a value that is NaN or infinite")
        }
    }

    static func attempt(_ attempt: Attempt) throws {
        try hash(attempt.hash)
        try token(attempt.token)
        guard (0...Int(UInt32.max)).contains(attempt.attempt) else {
            throw LedgerError(.invalidRecord, "a record has the attempt number \(attempt.attempt)")
        }
    }

    static func completed(_ record: CompletedRecord, outputs: Int) throws {
        try attempt(record.attempt)
        guard record.outputs.count <= outputs else {
            throw LedgerError(
                .invalidRecord,
                "a completed run has \(record.outputs.count) outputs, more than \(outputs): its exploration is"
                    + " registered with other outputs")
        }
    }

    /// Returns the nearest time to `time` that the server can store.
    static func storable(_ time: Int64) -> Int64 { min(max(time, 0), maxTime) }

    /// Replaces NaN and infinite numbers by `nil`.
    static func storable(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
