extension RunLedger {
    /// Records that points are being run.
    ///
    /// A row that is `completed`, or that knows a greater token, stays as it is.
    ///
    /// - Throws: ``LedgerError``, as every writing operation: `invalidRecord`, `unknownExploration`, `connectionLost`,
    ///   `contention`. Then nothing of the batch is in the ledger.
    public func recordRunning(_ records: [RunningRecord], in table: String) async throws {
        _ = try await write("recordRunning", in: table) { connection, runs in
            for record in records { try RecordCheck.run(record) }
            let sorted = HashOrder.sorted(records) { $0.hash }
            try connection.prepared(RunStatements(runs).running).execute(batch: RunningColumns.ofRuns(sorted))
            try connection.prepared(AttemptStatements.running).execute(
                batch: RunningColumns.ofAttempts(sorted, exploration: runs.id))
        }
    }

    /// Records attempts that failed.
    ///
    /// A row that is `completed`, or that knows a greater token, stays as it is; the history keeps every attempt.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordFailures(_ records: [FailureRecord], in table: String) async throws {
        _ = try await write("recordFailures", in: table) { connection, runs in
            for record in records { try RecordCheck.run(record.run) }
            let sorted = HashOrder.sorted(records) { $0.run.hash }
            let attempts = sorted.map(\.run)
            let (ends, seconds) = RunningColumns.ends(attempts, sorted.map(\.endedAt))
            let messages = RunningColumns.messages(sorted.map(\.message))
            try connection.prepared(RunStatements(runs).failed).execute(
                batch: RunningColumns.ofRuns(attempts) + [ends, seconds, messages])
            try connection.prepared(AttemptStatements.failed).execute(
                batch: RunningColumns.ofAttempts(attempts, exploration: runs.id) + [
                    ends, .texts(sorted.map { BoundedText.start(of: $0.kind, characters: TextLimit.kind) }), messages,
                    .texts(sorted.map { BoundedText.end(of: $0.logTail, bytes: TextLimit.logTail) }),
                    .texts(
                        sorted.map { record in
                            record.exitStatus.map { BoundedText.start(of: $0, characters: TextLimit.name) }
                        }), .integers(sorted.map(\.peakMemory)),
                ])
        }
    }

    /// Records that no more attempts are made at points: their state becomes `error`, unless they are `completed` or
    /// know a greater token. What the last attempt said of its own failure stays.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func recordExhausted(_ records: [ExhaustedRecord], in table: String) async throws {
        _ = try await write("recordExhausted", in: table) { connection, runs in
            for record in records {
                try RecordCheck.hash(record.hash)
                try RecordCheck.token(record.token)
            }
            let sorted = HashOrder.sorted(records) { $0.hash }
            let messages = RunningColumns.messages(sorted.map(\.message))
            try connection.prepared(RunStatements(runs).exhausted).execute(
                batch: [.hashes(sorted.map(\.hash)), .unsigned(sorted.map(\.token)), messages, messages])
        }
    }
}
