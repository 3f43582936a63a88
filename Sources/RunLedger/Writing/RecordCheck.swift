/// Refuses what cannot be stored, before anything of its batch is.
enum RecordCheck {
    static let hashLength = 32
    /// The last microsecond of the year 9999, the latest time that the server can store.
    private static let latest: Int64 = 253_402_300_799_999_999

    static func hash(_ hash: [UInt8]) throws {
        guard hash.count == hashLength else {
            throw LedgerError(.invalidRecord, "A point's hash has \(hash.count) bytes instead of \(hashLength).")
        }
    }

    static func token(_ token: UInt64) throws {
        guard token > 0 else {
            throw LedgerError(.invalidRecord, "A record carries the fencing token 0, which no lease has.")
        }
    }

    static func point(_ point: QueuedPoint, parameters: Int) throws {
        try hash(point.hash)
        if let parent = point.parent { try hash(parent) }
        guard point.code.unicodeScalars.count <= TextLimit.code else {
            throw LedgerError(
                .invalidRecord, "A point's code is longer than \(TextLimit.code) characters: \(point.code.prefix(60))…")
        }
        guard point.values.count == parameters else {
            throw LedgerError(
                .invalidRecord,
                "The point \(point.code) has \(point.values.count) values instead of \(parameters): its exploration"
                    + " is registered with other parameters.")
        }
        guard point.values.allSatisfy(\.isFinite) else {
            throw LedgerError(.invalidRecord, "The point \(point.code) has a value that is not a finite number.")
        }
    }

    static func run(_ record: RunningRecord) throws {
        try hash(record.hash)
        try token(record.token)
        guard (0...Int(UInt32.max)).contains(record.attempt) else {
            throw LedgerError(.invalidRecord, "A record carries the attempt number \(record.attempt).")
        }
    }

    static func completed(_ record: CompletedRecord, outputs: Int) throws {
        try run(record.run)
        guard record.outputs.count <= outputs else {
            throw LedgerError(
                .invalidRecord,
                "A completed run has \(record.outputs.count) outputs, more than \(outputs): its exploration is"
                    + " registered with other outputs.")
        }
    }

    /// A time that the server can store, the nearest one to `time`.
    static func storable(_ time: Int64) -> Int64 { min(max(time, 0), latest) }

    /// What is not a finite number is no value.
    static func storable(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
