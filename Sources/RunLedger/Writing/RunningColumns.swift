/// The parameters that all records of attempts have in common, for a whole batch.
enum RunningColumns {
    /// Of the table of runs: hash, token, attempt, worker, model, model version, start.
    static func ofRuns(_ records: [RunningRecord]) -> [ParameterColumn] {
        [
            .hashes(records.map(\.hash)), .unsigned(records.map(\.token)),
            .integers(records.map { Int64($0.attempt) }), names(records, \.worker), names(records, \.model),
            names(records, \.modelVersion), .integers(records.map { RecordCheck.storable($0.startedAt) }),
        ]
    }

    /// Of the history: exploration, hash, token, attempt, worker, host, model, model version, start, pod, node,
    /// exploration's digest, software version.
    static func ofAttempts(_ records: [RunningRecord], exploration: Int64) -> [ParameterColumn] {
        [
            .integer(exploration, repeated: records.count), .hashes(records.map(\.hash)),
            .unsigned(records.map(\.token)), .integers(records.map { Int64($0.attempt) }), names(records, \.worker),
            names(records, \.host), names(records, \.model), names(records, \.modelVersion),
            .integers(records.map { RecordCheck.storable($0.startedAt) }), names(records, \.pod),
            names(records, \.node), names(records, \.explorationDigest, limit: TextLimit.digest),
            names(records, \.softwareVersion),
        ]
    }

    /// The ends of the attempts, and how many seconds each took.
    static func ends(_ records: [RunningRecord], _ ends: [Int64]) -> (end: ParameterColumn, seconds: ParameterColumn) {
        let seconds = zip(records, ends).map { record, end in
            max(0, Double(RecordCheck.storable(end) - RecordCheck.storable(record.startedAt)) / 1e6)
        }
        return (.integers(ends.map(RecordCheck.storable)), .doubles(seconds))
    }

    static func messages(_ texts: [String]) -> ParameterColumn {
        .texts(texts.map { BoundedText.start(of: $0, characters: TextLimit.message) })
    }

    private static func names(_ records: [RunningRecord], _ path: KeyPath<RunningRecord, String>) -> ParameterColumn {
        .texts(records.map { BoundedText.start(of: $0[keyPath: path], characters: TextLimit.name) })
    }

    private static func names(
        _ records: [RunningRecord], _ path: KeyPath<RunningRecord, String?>, limit: Int = TextLimit.name
    ) -> ParameterColumn {
        .texts(records.map { $0[keyPath: path].map { BoundedText.start(of: $0, characters: limit) } })
    }
}
