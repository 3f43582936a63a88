/// The statements that write to one exploration's table of runs.
///
/// The order of states is in them, so that it holds whoever writes, in whatever order messages arrive:
/// - *open*: nothing changes once the state is `completed`;
/// - *current*: what an attempt says of itself counts if its token is not smaller than the row's;
/// - *newer*: a greater token begins afresh.
///
/// The server assigns from left to right, and a later assignment sees the earlier ones. Therefore `state` and `token`,
/// which the conditions ask for, come last.
struct RunStatements {
    private let table: RunTable

    init(_ table: RunTable) { self.table = table }

    private typealias Column = RunColumns

    private static let open: SQL = "\(Column.state) <> 'completed'"
    private static let current: SQL = "\(open) AND VALUES(\(Column.token)) >= \(Column.token)"
    private static let newer: SQL = "\(open) AND VALUES(\(Column.token)) > \(Column.token)"
    /// A parameter in microseconds since 1970, as a date.
    private static let date: SQL = "TIMESTAMPADD(MICROSECOND, ?, '1970-01-01')"
    /// What an attempt says of itself from its start.
    private static let provenance = [Column.worker, Column.model, Column.modelVersion, Column.startedAt]

    /// New rows. Parameters: hash, code, the exploration's parameters, parent.
    var insert: SQL {
        let columns = [Column.hash, Column.code] + table.parameters + [Column.parent]
        return """
            INSERT INTO \(table.name) (\(columns.map { "\($0)" }), \(Column.state), \(Column.queuedAt))
            VALUES (\(columns.map { _ in "?" }), 'queued', UTC_TIMESTAMP(6))
            """
    }

    /// What a row lacks that was made by a worker's record. Parameters: code, the exploration's parameters, parent,
    /// hash.
    var fill: SQL {
        let columns = [Column.code] + table.parameters
        return """
            UPDATE \(table.name) SET \(columns.map { "\($0) = ?" }),
            \(Column.parent) = COALESCE(\(Column.parent), ?), \(Column.queuedAt) = UTC_TIMESTAMP(6)
            WHERE \(Column.hash) = ? AND \(Column.code) IS NULL
            """
    }

    /// Parameters: hash, token, attempt, worker, model, model version, start.
    var running: SQL {
        let cleared = [Column.endedAt, Column.runTime, Column.error, Column.message]
        let updates =
            Self.provenance.map { Self.taken($0, when: Self.current) }
            + cleared.map { Self.cleared($0, when: Self.newer) } + [
                Self.attempts, "\(Column.state) = IF(\(Self.newer), 'running', \(Column.state))",
                Self.taken(Column.token, when: Self.newer),
            ]
        return """
            INSERT INTO \(table.name) (\(Column.hash), \(Column.token), \(Column.attemptCount), \(Column.worker),
            \(Column.model), \(Column.modelVersion), \(Column.startedAt), \(Column.state))
            VALUES (?, ?, ?, ?, ?, ?, \(Self.date), 'running')
            ON DUPLICATE KEY UPDATE \(updates)
            """
    }

    /// Parameters: hash, token, attempt, worker, model, model version, start, end, run time, error.
    var failed: SQL {
        let told = Self.provenance + [Column.endedAt, Column.runTime, Column.error]
        let updates =
            told.map { Self.taken($0, when: Self.current) } + [
                Self.cleared(Column.message, when: Self.newer),
                Self.attempts, "\(Column.state) = IF(\(Self.current), 'error', \(Column.state))",
                Self.taken(Column.token, when: Self.newer),
            ]
        return """
            INSERT INTO \(table.name) (\(Column.hash), \(Column.token), \(Column.attemptCount), \(Column.worker),
            \(Column.model), \(Column.modelVersion), \(Column.startedAt), \(Column.endedAt), \(Column.runTime),
            \(Column.error), \(Column.state))
            VALUES (?, ?, ?, ?, ?, ?, \(Self.date), \(Self.date), ?, ?, 'error')
            ON DUPLICATE KEY UPDATE \(updates)
            """
    }

    /// What the attempt itself said of its failure stays. Parameters: hash, token, error, message.
    var exhausted: SQL {
        let unknown = Self.provenance + [Column.endedAt, Column.runTime]
        let unexplained: SQL = "\(Self.newer) OR \(Self.current) AND \(Column.state) <> 'error'"
        let updates =
            unknown.map { Self.cleared($0, when: Self.newer) } + [
                Self.taken(Column.error, when: unexplained), Self.taken(Column.message, when: Self.current),
                "\(Column.state) = IF(\(Self.current), 'error', \(Column.state))",
                Self.taken(Column.token, when: Self.newer),
            ]
        return """
            INSERT INTO \(table.name)
            (\(Column.hash), \(Column.token), \(Column.error), \(Column.message), \(Column.state))
            VALUES (?, ?, ?, ?, 'error')
            ON DUPLICATE KEY UPDATE \(updates)
            """
    }

    /// Parameters: hash, token, attempt, worker, model, model version, start, end, run time, verdict, iterations,
    /// message, artifact, the outputs.
    var completed: SQL {
        let told =
            Self.provenance + [
                Column.endedAt, Column.runTime, Column.verdict, Column.iterations, Column.message, Column.artifact,
            ] + table.outputs + [Column.token]
        let updates =
            told.map { Self.taken($0, when: Self.open) } + [
                Self.cleared(Column.error, when: Self.open), Self.attempts, "\(Column.state) = 'completed'",
            ]
        return """
            INSERT INTO \(table.name) (\(Column.hash), \(Column.token), \(Column.attemptCount), \(Column.worker),
            \(Column.model), \(Column.modelVersion), \(Column.startedAt), \(Column.endedAt), \(Column.runTime),
            \(Column.verdict), \(Column.iterations), \(Column.message), \(Column.artifact),
            \(([Column.state] + table.outputs).map { "\($0)" }))
            VALUES (?, ?, ?, ?, ?, ?, \(Self.date), \(Self.date), ?, ?, ?, ?, ?,
            \((["'completed'"] as [SQL]) + table.outputs.map { _ in "?" }))
            ON DUPLICATE KEY UPDATE \(updates)
            """
    }

    private static let attempts: SQL =
        "\(Column.attemptCount) = GREATEST(\(Column.attemptCount), VALUES(\(Column.attemptCount)))"

    private static func taken(_ column: Identifier, when condition: SQL) -> SQL {
        "\(column) = IF(\(condition), VALUES(\(column)), \(column))"
    }

    private static func cleared(_ column: Identifier, when condition: SQL) -> SQL {
        "\(column) = IF(\(condition), NULL, \(column))"
    }
}
