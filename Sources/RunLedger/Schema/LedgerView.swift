internal import Logging

/// A view that answers a usual question about one exploration. Its name begins with the exploration's table: the view
/// `progress` of the table `earth` is `earth_progress`.
public enum LedgerView: String, CaseIterable, Sendable {
    /// The points that got a verdict or were given up, by minute and in total.
    case progress
    /// The work of each worker, and its completed points per hour.
    case workers
    /// Failed attempts grouped by message.
    case errors
    /// The border between the verdicts: the stable points whose next completed point along an axis is unstable.
    case frontier
    /// The 100 longest runs.
    case slowest

    /// Returns the view's name; `nil` if it would be too long.
    public func name(of table: String) -> String? {
        let name = "\(table)_\(rawValue)"
        return name.utf8.count <= Identifier.maxLength ? name : nil
    }
}

extension RunLedger {
    /// Creates the views of an exploration (``LedgerView``), or recreates those whose definition has changed.
    ///
    /// The ledger works without them: if the user lacks the privilege, or if a table has a view's name, a warning is
    /// logged.
    /// - Parameters:
    ///   - table: the exploration's table.
    ///   - axes: the parameters that the search moves along, which define the frontier.
    /// - Throws: ``LedgerError``: `unknownExploration`; `invalidName` for an axis that is not a parameter.
    public func makeViews(of table: String, axes: [String]) async throws {
        let runs = try await runTable(table)
        for axis in axes where !runs.parameters.contains(where: { $0.text == axis }) {
            throw LedgerError(.invalidName, "invalid axis '\(axis)' of '\(table)': expected one of its parameters")
        }
        let statements = ViewStatements(table: runs, axes: axes.map { Identifier(checked: $0) })
        try await write("makeViews") { connection in
            try LedgerLock.withLock(on: connection, configuration) {
                try ViewMaker(connection: connection, statements: statements, logger: logger).make()
            }
        }
    }
}

/// Creates views and records their definitions, because recreating a view has to wait for all of its readers.
struct ViewMaker {
    let connection: MariaDBConnection
    let statements: ViewStatements
    let logger: Logger

    /// Creates the missing and the changed views. The caller holds the ledger's lock.
    func make() throws {
        let tables = try Self.kinds(on: connection)
        for view in LedgerView.allCases {
            guard let select = statements.select(view), let name = view.name(of: statements.table.name.text) else {
                continue
            }
            guard tables[name] != .table else {
                logger.warning("a view is left out because a table has its name", metadata: ["view": "\(name)"])
                continue
            }
            do {
                try make(Identifier(checked: name), select, exists: tables[name] == .view)
            } catch let error as MariaDBError where error.isMissingPrivilege {
                logger.warning(
                    "the ledger's user may not create views; grant CREATE VIEW to have them",
                    metadata: ["error": "\(error.message)"])
                return
            }
        }
    }

    private func make(_ name: Identifier, _ select: SQL, exists: Bool) throws {
        let known = try connection.prepared("SELECT definition FROM ledger_views WHERE name = ?")
            .rows([.text(name.text)])
        if exists, known.first?.first?.textValue == select.text { return }
        // Readers use the view with their privileges, and it outlives the user who created it.
        try connection.execute("CREATE OR REPLACE SQL SECURITY INVOKER VIEW \(name) AS \(select)")
        try connection.prepared("REPLACE INTO ledger_views VALUES (?, ?)")
            .execute([.text(name.text), .text(select.text)])
    }

    /// Drops the views of a table that is about to be dropped.
    static func drop(of table: RunTable, on connection: MariaDBConnection) throws {
        let tables = try kinds(on: connection)
        for view in LedgerView.allCases {
            guard let name = view.name(of: table.name.text), tables[name] == .view else { continue }
            try connection.execute("DROP VIEW IF EXISTS \(Identifier(checked: name))")
            try connection.prepared("DELETE FROM ledger_views WHERE name = ?").execute([.text(name)])
        }
    }

    private enum Kind {
        case table, view
    }

    private static func kinds(on connection: MariaDBConnection) throws -> [String: Kind] {
        let rows = try connection.prepared(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE()"
        ).rows()
        let named = rows.compactMap { row in
            row[0].textValue.map { ($0, row[1].textValue == "VIEW" ? Kind.view : .table) }
        }
        return Dictionary(named) { first, _ in first }
    }
}

/// The statements that define the views.
struct ViewStatements {
    let table: RunTable
    /// The parameters that the search moves along.
    let axes: [Identifier]

    /// Returns the view's statement; `nil` for a frontier without axes.
    func select(_ view: LedgerView) -> SQL? {
        switch view {
        case .progress: progress
        case .workers: workers
        case .errors: errors
        case .frontier: axes.isEmpty ? nil : frontier
        case .slowest: slowest
        }
    }

    /// Columns: `minute` (UTC), `stable`, `unstable`, `failed` (now in state `error`), `total` (ended so far).
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

    /// Columns: `kind`, `message`, `attempts`, `points`, `first_at`, `last_at` (UTC), `example` (the hash of a point).
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
    /// The database does not know the grid, but it knows the completed points: a point's neighbour along an axis is the
    /// next completed point with the same values on all other axes. (Other parameters follow from the axes or are
    /// fixed.) At the end of an exploration that is the neighbour one step away on the grid. Diagonals, and neighbours
    /// several steps away, are not considered.
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

    /// Columns: `hash_hex`, `code`, `state`, `verdict`, `run_time` (s), `attempt_count`, `worker`, `ended_at`,
    /// `message`.
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
