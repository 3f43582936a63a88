/// The statements that write to one exploration's table of runs.
///
/// They enforce the order of states, for any number of writers and any order of messages:
/// - *open*: nothing changes once the state is `completed`;
/// - *current*: an attempt's data count if its token is not smaller than the row's;
/// - *newer*: a greater token starts a new attempt.
///
/// The server assigns from left to right, and a later assignment sees the earlier ones. Therefore `state` and `token`,
/// on which the conditions depend, come last.
struct RunStatements {
    private let table: RunTable

    init(_ table: RunTable) { self.table = table }

    private typealias Column = RunColumns

    private static let open: SQL = "\(Column.state) <> 'completed'"
    private static let current: SQL = "\(open) AND VALUES(\(Column.token)) >= \(Column.token)"
    private static let newer: SQL = "\(open) AND VALUES(\(Column.token)) > \(Column.token)"
    private static let date = SQL.microseconds
    /// The columns that an attempt fills from its start.
    private static let provenance = [Column.worker, Column.model, Column.modelVersion, Column.startedAt]

    /// New rows. Parameters: hash, code, the exploration's parameters, parent.
    var insert: SQL {
        let columns = [Column.hash, Column.code] + table.parameters + [Column.parent]
        return """
            INSERT INTO \(table.name) (\(columns.map { "\($0)" }), \(Column.state), \(Column.queuedAt))
            VALUES (\(columns.map { _ in "?" }), 'queued', UTC_TIMESTAMP(6))
            """
    }

    /// Completes a row that was made from a worker's record. Parameters: code, the exploration's parameters, parent,
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
    var running: SQL { started(state: "'running'", when: Self.newer) }

    /// The attempt was given up: its point waits again. Parameters: those of `running`.
    var released: SQL { started(state: "'queued'", when: Self.current) }

    private func started(state: SQL, when condition: SQL) -> SQL {
        let cleared = [Column.endedAt, Column.runTime, Column.error, Column.message]
        let updates =
            Self.provenance.map { Self.taken($0, when: Self.current) }
            + cleared.map { Self.cleared($0, when: Self.newer) } + [
                Self.attempts, "\(Column.state) = IF(\(condition), \(state), \(Column.state))",
                Self.taken(Column.token, when: Self.newer),
            ]
        return """
            INSERT INTO \(table.name) (\(Column.hash), \(Column.token), \(Column.attemptCount), \(Column.worker),
            \(Column.model), \(Column.modelVersion), \(Column.startedAt), \(Column.state))
            VALUES (?, ?, ?, ?, ?, ?, \(Self.date), \(state))
            ON DUPLICATE KEY UPDATE \(updates)
            """
    }

    /// Parameters: hash, token, attempt, worker, model, model version, start, end, run time, error.
    var failed: SQL {
        let known = Self.provenance + [Column.endedAt, Column.runTime, Column.error]
        let updates =
            known.map { Self.taken($0, when: Self.current) } + [
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

    /// Keeps the attempt's own error message. Parameters: hash, token, error, message.
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
        let known =
            Self.provenance + [
                Column.endedAt, Column.runTime, Column.verdict, Column.iterations, Column.message, Column.artifact,
            ] + table.outputs + [Column.token]
        let updates =
            known.map { Self.taken($0, when: Self.open) } + [
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

/// The statements that write the history of attempts. Within one token, `running` gives way to `error`, and both to
/// `completed`, in any order of arrival.
enum AttemptStatements {
    /// The columns that are known from an attempt's start, and their values.
    private static let start: SQL = """
        exploration_id, hash, token, attempt, worker, host, model, model_version, started_at, pod, node,
        exploration_digest, software_version
        """
    private static let startValues: SQL = "?, ?, ?, ?, ?, ?, ?, ?, \(SQL.microseconds), ?, ?, ?, ?"

    /// Parameters: exploration, hash, token, attempt, worker, host, model, model version, start, pod, node,
    /// exploration's digest, software version.
    static let running: SQL = """
        INSERT INTO attempts (\(start), state) VALUES (\(startValues), 'running')
        ON DUPLICATE KEY UPDATE token = VALUES(token)
        """

    /// The attempt has ended without a result. Its state is `lost` for readers. Parameters: those of `running`, then end.
    static let released: SQL = """
        INSERT INTO attempts (\(start), ended_at, state) VALUES (\(startValues), \(SQL.microseconds), 'running')
        ON DUPLICATE KEY UPDATE ended_at = COALESCE(ended_at, VALUES(ended_at))
        """

    /// Parameters: those of `running`, then end, kind, message, log tail, exit status, peak memory.
    static let failed: SQL = """
        INSERT INTO attempts
        (\(start), ended_at, kind, message, log_tail, exit_status, peak_memory, state)
        VALUES (\(startValues), \(SQL.microseconds), ?, ?, ?, ?, ?, 'error')
        ON DUPLICATE KEY UPDATE \(end)
        """

    /// Parameters: those of `running`, then end, message, log tail, exit status, peak memory, artifact.
    static let completed: SQL = """
        INSERT INTO attempts
        (\(start), ended_at, message, log_tail, exit_status, peak_memory, artifact, state)
        VALUES (\(startValues), \(SQL.microseconds), ?, ?, ?, ?, ?, 'completed')
        ON DUPLICATE KEY UPDATE \(end)
        """

    /// The end of an attempt replaces everything that was known of it, unless it has completed.
    private static let end: SQL = {
        let columns: [Identifier] = [
            Identifier(fixed: "attempt"), RunColumns.worker, Identifier(fixed: "host"), RunColumns.model,
            RunColumns.modelVersion, RunColumns.startedAt, RunColumns.endedAt, Identifier(fixed: "kind"),
            RunColumns.message, Identifier(fixed: "log_tail"), Identifier(fixed: "exit_status"),
            Identifier(fixed: "peak_memory"), RunColumns.artifact, Identifier(fixed: "pod"), Identifier(fixed: "node"),
            Identifier(fixed: "exploration_digest"), Identifier(fixed: "software_version"), RunColumns.state,
        ]
        return "\(columns.map { "\($0) = IF(\(RunColumns.state) <> 'completed', VALUES(\($0)), \($0))" as SQL })"
    }()
}

extension SQL {
    /// A parameter in microseconds since 1970, as a date.
    static let microseconds: SQL = "TIMESTAMPADD(MICROSECOND, ?, '1970-01-01')"
}
