internal import Support
internal import Synchronization

/// The validated names of one exploration's table of runs.
struct RunTable: Sendable {
    /// The exploration's id in the registry.
    let id: Int64
    let exploration: RegisteredExploration
    let name: Identifier
    let parameters: [Identifier]
    let outputs: [Identifier]

    /// - Throws: ``LedgerError`` with code `invalidName` if a name cannot be a table's or a column's.
    init(id: Int64, _ exploration: RegisteredExploration) throws {
        self.id = id
        self.exploration = exploration
        let names = try Self.checkedNames(of: exploration.schema)
        (name, parameters, outputs) = names
    }

    /// Checks every name of a schema: its form, and that it is neither repeated nor used by the ledger itself.
    static func checkedNames(
        of schema: ExplorationSchema
    ) throws -> (table: Identifier, parameters: [Identifier], outputs: [Identifier]) {
        let table = try Identifier(schema.table, as: "table")
        let lowered = schema.table.lowercased()
        guard !RunColumns.reservedTables.contains(lowered), !lowered.hasPrefix(RunColumns.reservedPrefix) else {
            throw LedgerError(
                .invalidName, "invalid table '\(schema.table)' of an exploration: the ledger uses that name itself")
        }
        let parameters = try schema.parameters.map { try Identifier($0.name, as: "parameter") }
        let outputs = try schema.outputs.map { try Identifier($0.name, as: "output") }
        guard !parameters.isEmpty else {
            throw LedgerError(
                .invalidName, "the exploration '\(schema.name)' has no parameters: it needs at least one")
        }
        // The server compares names of columns case-insensitively.
        var taken = Set(RunColumns.all.map(\.text))
        for name in parameters + outputs where !taken.insert(name.text.lowercased()).inserted {
            let isFixed = RunColumns.all.contains { $0.text == name.text.lowercased() }
            throw LedgerError(
                .invalidName,
                isFixed
                    ? "invalid name '\(name.text)' of a parameter or output: every table of runs has that column"
                    : "duplicate name '\(name.text)' among the parameters and outputs of '\(schema.name)'")
        }
        return (table, parameters, outputs)
    }
}

/// The known tables of explorations by name, for all sessions of a ledger.
final class RunTableCache: Sendable {
    private let tables = Mutex<[String: RunTable]>([:])

    func forgetAll() { tables.withLock { $0 = [:] } }

    /// - Returns: whether the table was cached.
    func forget(_ table: String) -> Bool { tables.withLock { $0.removeValue(forKey: table) != nil } }

    /// Returns the table from the cache or the registry; `nil` if it is not registered.
    func table(_ name: String, on connection: MariaDBConnection) throws -> RunTable? {
        if let known = tables.withLock({ $0[name] }) { return known }
        guard let entry = try Registry(connection: connection).entry(ofTable: name) else { return nil }
        let table = try RunTable(id: entry.id, entry.exploration)
        tables.withLock { $0[name] = table }
        return table
    }
}

/// The names of the columns that every table of runs has, and of the ledger's tables.
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

    /// The index on state and verdict; within them, the order is that of the hashes.
    static let stateIndex = Identifier(fixed: "by_state")

    static let all = [
        hash, hashHex, code, state, verdict, queuedAt, startedAt, endedAt, runTime, attemptCount, worker, model,
        modelVersion, parent, iterations, error, message, artifact, token,
    ]

    /// The ledger's tables. The table of an exploration cannot have one of these names, or begin with `ledger_`.
    static let reservedTables: Set<String> = ["explorations", "exploration_columns", "attempts"]
    static let reservedPrefix = "ledger_"
}

/// The capacity of the text columns. Longer texts are truncated.
enum TextLimit {
    /// Longer codes are refused instead: a truncated code would be another point's.
    static let code = 1_000
    static let name = 255
    static let kind = 64
    static let message = 16_000
    static let artifact = 2_048
    /// In bytes of UTF-8; the end of a log is kept.
    static let logTail = 65_536
    /// For an attempt with a verdict, the last lines are enough.
    static let completedLogTail = 2_048
    static let digest = 128
}

/// Truncates texts to the capacity of a column, never within a character of UTF-8.
enum BoundedText {
    /// Returns the first characters (Unicode scalars, as the server counts) of `text`.
    static func start(of text: String, characters limit: Int) -> String {
        // A scalar takes at least one byte, so most texts need no counting.
        if text.utf8.count <= limit { return text }
        return String(text.unicodeScalars.prefix(limit))
    }

    /// Returns the last bytes of `text`, starting at a whole scalar.
    static func end(of text: String, bytes limit: Int) -> String {
        let utf8 = text.utf8
        guard utf8.count > limit else { return text }
        let continuation = utf8.suffix(limit).drop { $0 & 0b1100_0000 == 0b1000_0000 }
        return String(decoding: continuation, as: UTF8.self)
    }
}
