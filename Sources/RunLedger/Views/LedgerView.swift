/// A view that answers a usual question about one exploration. It is called after the exploration's table: the view
/// `progress` of the table `earth` is `earth_progress`.
public enum LedgerView: String, CaseIterable, Sendable {
    /// How many points got their verdict or were given up in each minute, and until then.
    case progress
    /// What each worker did, and how many points it completes in an hour.
    case workers
    /// Failed attempts by what they said.
    case errors
    /// Where verdicts change: the stable points whose next completed point along an axis is unstable.
    case frontier
    /// The hundred runs that took longest.
    case slowest

    /// The view's name; nil where it would be longer than a name may be.
    public func name(of table: String) -> String? {
        let name = "\(table)_\(rawValue)"
        return name.utf8.count <= Identifier.longest ? name : nil
    }
}

/// The statements that the views stand for.
struct ViewStatements {
    let table: RunTable
    /// The parameters that the search moves along.
    let axes: [Identifier]

    /// nil where the view makes no sense: a frontier needs an axis.
    func select(_ view: LedgerView) -> SQL? {
        switch view {
        case .progress: progress
        case .workers: workers
        case .errors: errors
        case .frontier: axes.isEmpty ? nil : frontier
        case .slowest: slowest
        }
    }

    /// Columns: `minute` (UTC), `stable`, `unstable`, `failed` (in state `error` now), `total` (ended until then).
    private var progress: SQL {
        """
        SELECT minute, stable, unstable, failed,
            CAST(SUM(stable + unstable + failed) OVER (ORDER BY minute) AS SIGNED) AS total
        FROM (
            SELECT CAST(DATE_FORMAT(\(RunColumns.endedAt), '%Y-%m-%d %H:%i:00') AS DATETIME) AS minute,
                CAST(SUM(\(RunColumns.verdict) <=> 'stable') AS SIGNED) AS stable,
                CAST(SUM(\(RunColumns.verdict) <=> 'unstable') AS SIGNED) AS unstable,
                CAST(SUM(\(RunColumns.state) = 'error') AS SIGNED) AS failed
            FROM \(table.name)
            WHERE \(RunColumns.endedAt) IS NOT NULL AND \(RunColumns.state) IN ('completed', 'error')
            GROUP BY 1
        ) AS minutes
        """
    }

    /// Columns: `worker`, `host`, `attempts`, `completed`, `failed`, `first_start`, `last_end` (UTC), `busy_seconds`,
    /// `completed_per_hour` (between its first start and its last end).
    private var workers: SQL {
        """
        SELECT worker, host, COUNT(*) AS attempts,
            CAST(SUM(state = 'completed') AS SIGNED) AS completed,
            CAST(SUM(state = 'error') AS SIGNED) AS failed,
            MIN(started_at) AS first_start, MAX(ended_at) AS last_end,
            SUM(TIMESTAMPDIFF(MICROSECOND, started_at, ended_at)) / 1e6 AS busy_seconds,
            SUM(state = 'completed') * 3.6e9
                / NULLIF(TIMESTAMPDIFF(MICROSECOND, MIN(started_at), MAX(ended_at)), 0) AS completed_per_hour
        FROM attempts WHERE exploration_id = \(Int(table.id)) GROUP BY worker, host
        """
    }

    /// Columns: `kind`, `message`, `attempts`, `points`, `first_at`, `last_at` (UTC), `example`: a point's hash.
    private var errors: SQL {
        """
        SELECT kind, message, COUNT(*) AS attempts, COUNT(DISTINCT hash) AS points,
            MIN(started_at) AS first_at, MAX(COALESCE(ended_at, started_at)) AS last_at,
            LOWER(HEX(MIN(hash))) AS example
        FROM attempts WHERE exploration_id = \(Int(table.id)) AND state = 'error' GROUP BY kind, message
        """
    }

    /// Columns: `hash_hex`, `code`, the parameters, `axis` (its name), `direction` (`up` or `down`), `unstable_at` (the
    /// axis's value at the unstable point).
    ///
    /// The database does not know the grid, but it knows which points were run: along an axis, all other axes being
    /// equal, the neighbour of a point is the next point that was completed. (Fillers follow from the axes, and fixed
    /// parameters are equal.) Of an exploration that has come to its end, those are the grid's neighbours one step away.
    /// Diagonals, and neighbours several steps away, are not looked at.
    private var frontier: SQL {
        let edges = axes.flatMap { [edge(along: $0, "up"), edge(along: $0, "down")] }
        return """
            SELECT LOWER(HEX(r.\(RunColumns.hash))) AS hash_hex, r.\(RunColumns.code),
                \(table.parameters.map { "r.\($0)" as SQL }), e.axis, e.direction, e.unstable_at
            FROM (
                \(edges, separator: " UNION ALL ")
            ) AS e JOIN \(table.name) AS r ON r.\(RunColumns.hash) = e.point
            WHERE e.verdict = 'stable' AND e.next_verdict = 'unstable'
            """
    }

    private func edge(along axis: Identifier, _ direction: SQL) -> SQL {
        let others = axes.filter { $0 != axis }
        let sameLine: SQL = others.isEmpty ? "" : "PARTITION BY \(others.map { "\($0)" as SQL }) "
        let order: SQL = direction == "up" ? "\(axis)" : "\(axis) DESC"
        let name = QuotedText(literal: "'\(axis.text)'")
        return """
            SELECT \(RunColumns.hash) AS point, \(RunColumns.verdict) AS verdict, \(name) AS axis,
                '\(direction)' AS direction,
                LEAD(\(RunColumns.verdict)) OVER (\(sameLine)ORDER BY \(order)) AS next_verdict,
                LEAD(\(axis)) OVER (\(sameLine)ORDER BY \(order)) AS unstable_at
            FROM \(table.name) WHERE \(RunColumns.state) = 'completed'
            """
    }

    /// Columns: `hash_hex`, `code`, `state`, `verdict`, `run_time` (s), `attempt_count`, `worker`, `ended_at`, `message`.
    private var slowest: SQL {
        let columns = [
            RunColumns.hashHex, RunColumns.code, RunColumns.state, RunColumns.verdict, RunColumns.runTime,
            RunColumns.attemptCount, RunColumns.worker, RunColumns.endedAt, RunColumns.message,
        ]
        return """
            SELECT \(columns.map { "\($0)" as SQL }) FROM \(table.name)
            WHERE \(RunColumns.runTime) IS NOT NULL ORDER BY \(RunColumns.runTime) DESC LIMIT 100
            """
    }
}
