/// The statements that write the history of attempts. Within one token, `running` gives way to `error`, and both to
/// `completed`, in whatever order they arrive.
enum AttemptStatements {
    /// A parameter in microseconds since 1970, as a date.
    private static let date: SQL = "TIMESTAMPADD(MICROSECOND, ?, '1970-01-01')"

    /// Parameters: exploration, hash, token, attempt, worker, host, model, model version, start.
    static let running: SQL = """
        INSERT INTO attempts
        (exploration_id, hash, token, attempt, worker, host, model, model_version, started_at, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, \(date), 'running')
        ON DUPLICATE KEY UPDATE token = VALUES(token)
        """

    /// Parameters: as of `running`, then end, kind, message, log tail, exit status.
    static let failed: SQL = """
        INSERT INTO attempts
        (exploration_id, hash, token, attempt, worker, host, model, model_version, started_at, ended_at, kind, message,
        log_tail, exit_status, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, \(date), \(date), ?, ?, ?, ?, 'error')
        ON DUPLICATE KEY UPDATE \(ended)
        """

    /// Parameters: as of `running`, then end, message, peak memory, artifact.
    static let completed: SQL = """
        INSERT INTO attempts
        (exploration_id, hash, token, attempt, worker, host, model, model_version, started_at, ended_at, message,
        peak_memory, artifact, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, \(date), \(date), ?, ?, ?, 'completed')
        ON DUPLICATE KEY UPDATE \(ended)
        """

    /// How an attempt ended replaces all that was known of it before, unless it is known to have completed.
    private static let ended: SQL = {
        let columns: [Identifier] = [
            Identifier(fixed: "attempt"), RunColumns.worker, Identifier(fixed: "host"), RunColumns.model,
            RunColumns.modelVersion, RunColumns.startedAt, RunColumns.endedAt, Identifier(fixed: "kind"),
            RunColumns.message, Identifier(fixed: "log_tail"), Identifier(fixed: "exit_status"),
            Identifier(fixed: "peak_memory"), RunColumns.artifact, RunColumns.state,
        ]
        return "\(columns.map { "\($0) = IF(\(RunColumns.state) <> 'completed', VALUES(\($0)), \($0))" as SQL })"
    }()
}
