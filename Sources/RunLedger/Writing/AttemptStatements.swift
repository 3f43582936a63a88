/// The statements that write the history of attempts. Within one token, `running` gives way to `error`, and both to
/// `completed`, in whatever order they arrive.
enum AttemptStatements {
    /// A parameter in microseconds since 1970, as a date.
    private static let date: SQL = "TIMESTAMPADD(MICROSECOND, ?, '1970-01-01')"

    /// What is known of an attempt from its start, and the parameters for it.
    private static let begun: SQL = """
        exploration_id, hash, token, attempt, worker, host, model, model_version, started_at, pod, node,
        exploration_digest, software_version
        """
    private static let begunValues: SQL = "?, ?, ?, ?, ?, ?, ?, ?, \(date), ?, ?, ?, ?"

    /// Parameters: exploration, hash, token, attempt, worker, host, model, model version, start, pod, node,
    /// exploration's digest, software version.
    static let running: SQL = """
        INSERT INTO attempts (\(begun), state) VALUES (\(begunValues), 'running')
        ON DUPLICATE KEY UPDATE token = VALUES(token)
        """

    /// Parameters: as of `running`, then end, kind, message, log tail, exit status, peak memory.
    static let failed: SQL = """
        INSERT INTO attempts
        (\(begun), ended_at, kind, message, log_tail, exit_status, peak_memory, state)
        VALUES (\(begunValues), \(date), ?, ?, ?, ?, ?, 'error')
        ON DUPLICATE KEY UPDATE \(ended)
        """

    /// Parameters: as of `running`, then end, message, log tail, exit status, peak memory, artifact.
    static let completed: SQL = """
        INSERT INTO attempts
        (\(begun), ended_at, message, log_tail, exit_status, peak_memory, artifact, state)
        VALUES (\(begunValues), \(date), ?, ?, ?, ?, ?, 'completed')
        ON DUPLICATE KEY UPDATE \(ended)
        """

    /// How an attempt ended replaces all that was known of it before, unless it is known to have completed.
    private static let ended: SQL = {
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
