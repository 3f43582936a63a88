/// The names of the columns that every table of runs has, and of the ledger's own tables.
enum RunColumns {
    static let hash = Identifier(fixed: "hash")
    static let hashHex = Identifier(fixed: "hash_hex")
    static let code = Identifier(fixed: "code")
    static let state = Identifier(fixed: "state")
    static let verdict = Identifier(fixed: "verdict")
    static let queuedAt = Identifier(fixed: "queued_at")
    static let startedAt = Identifier(fixed: "started_at")
    static let endedAt = Identifier(fixed: "ended_at")
    static let runTime = Identifier(fixed: "run_time")
    static let attemptCount = Identifier(fixed: "attempt_count")
    static let worker = Identifier(fixed: "worker")
    static let model = Identifier(fixed: "model")
    static let modelVersion = Identifier(fixed: "model_version")
    static let parent = Identifier(fixed: "parent")
    static let iterations = Identifier(fixed: "iterations")
    static let error = Identifier(fixed: "error")
    static let message = Identifier(fixed: "message")
    static let artifact = Identifier(fixed: "artifact")
    static let token = Identifier(fixed: "token")

    /// The index on state and verdict, and within them in the order of hashes.
    static let stateIndex = Identifier(fixed: "by_state")

    static let all = [
        hash, hashHex, code, state, verdict, queuedAt, startedAt, endedAt, runTime, attemptCount, worker, model,
        modelVersion, parent, iterations, error, message, artifact, token,
    ]

    /// Tables of the ledger itself. No exploration's table may have one of these names, or begin `ledger_`.
    static let reservedTables: Set<String> = ["explorations", "exploration_columns", "attempts"]
    static let reservedPrefix = "ledger_"
}

/// The most that the text columns hold. Longer texts are cut.
enum TextLimit {
    /// Codes are never cut but refused: a cut code would be another point's.
    static let code = 1_000
    static let name = 255
    static let kind = 64
    static let message = 16_000
    static let artifact = 2_048
    /// In bytes of UTF-8; of a log the end is kept.
    static let logTail = 65_536
    /// Of an attempt that came to a verdict, the last lines are enough.
    static let completedLogTail = 2_048
    static let digest = 128
}
