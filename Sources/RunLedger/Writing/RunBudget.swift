/// The limits on the runs of an exploration, counted from the moment that the budget is set.
public struct RunBudget: Sendable, Hashable {
    /// The time in which runs may start, by the server's clock; `nil` for no limit.
    public var wallTime: Duration?
    /// The limit of the total duration of all attempts, including earlier ones; `nil` for no limit.
    public var coreTime: Duration?
    /// The precision of an edge, in steps of the strategy, at which the search ends; `nil` for the highest.
    public var tolerance: Int?
    /// The number of points in total. The queues enforce it; the ledger keeps it for when they have lost it.
    public var points: Int?

    /// Creates a budget with the given limits.
    public init(wallTime: Duration? = nil, coreTime: Duration? = nil, tolerance: Int? = nil, points: Int? = nil) {
        self.wallTime = wallTime
        self.points = points
        self.coreTime = coreTime
        self.tolerance = tolerance
    }
}

/// The state of a budget.
public struct BudgetStatus: Sendable, Hashable {
    /// Whether its wall time is over.
    public let isTimeOver: Bool
    /// The limit of the total duration of all attempts; `nil` for no limit.
    public let coreTime: Duration?
    /// The precision of an edge, in steps of the strategy, at which the search ends; `nil` for the highest.
    public let tolerance: Int?
    /// The limit of the number of points in total; `nil` for no limit.
    public let points: Int?
    /// The wall time that was asked for; `nil` for no limit.
    public let wallTime: Duration?

    /// The limits, as they were set.
    public var limits: RunBudget {
        RunBudget(wallTime: wallTime, coreTime: coreTime, tolerance: tolerance, points: points)
    }
}

extension RunLedger {
    /// Replaces the budget of an exploration. The programs that start runs enforce it.
    ///
    /// - Parameter restartsTime: whether the wall time starts now even if the budget before had the same.
    /// Not by REPLACE, which deletes a row: the roles' user may not delete.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func setBudget(_ budget: RunBudget, of table: String, restartsTime: Bool = true) async throws {
        _ = try await write("setBudget", in: table) { connection, runs in
            try connection.prepared(
                """
                INSERT INTO ledger_budgets (exploration_id, ends_at, core_seconds, tolerance, points, wall_seconds)
                VALUES (?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, ?, ?, ?, ?)
                ON DUPLICATE KEY UPDATE
                    ends_at = IF(? OR NOT wall_seconds <=> VALUES(wall_seconds), VALUES(ends_at), ends_at),
                    core_seconds = VALUES(core_seconds), tolerance = VALUES(tolerance), points = VALUES(points),
                    wall_seconds = VALUES(wall_seconds)
                """
            ).execute([
                .integer(runs.id), .integers([budget.wallTime.map { Int64($0 / .microseconds(1)) }]),
                .doubles([budget.coreTime.map { $0 / .seconds(1) }]), .integers([budget.tolerance.map(Int64.init)]),
                .integers([budget.points.map(Int64.init)]), .doubles([budget.wallTime.map { $0 / .seconds(1) }]),
                .integer(restartsTime ? 1 : 0),
            ])
        }
    }

    /// Returns the state of an exploration's budget; `nil` if none was ever set.
    public func budget(of table: String) async throws -> BudgetStatus? {
        try await read("budget", in: table) { connection, runs in
            let rows = try connection.prepared(
                """
                SELECT COALESCE(ends_at <= UTC_TIMESTAMP(6), 0), core_seconds, tolerance, points, wall_seconds
                FROM ledger_budgets
                WHERE exploration_id = ?
                """
            ).rows([.integer(runs.id)])
            return try rows.first.map { cells in
                var row = CellReader(cells)
                return BudgetStatus(
                    isTimeOver: try row.integer() == 1, coreTime: try row.optionalReal().map { .seconds($0) },
                    tolerance: try row.optionalInteger().map { Int($0) },
                    points: try row.optionalInteger().map { Int($0) },
                    wallTime: try row.optionalReal().map { .seconds($0) })
            }
        }
    }

    /// Returns the total duration of all ended attempts of an exploration. Reads all of them: about a second for a
    /// million.
    public func coreTime(of table: String) async throws -> Duration {
        try await read("coreTime", in: table) { connection, runs in
            let rows = try connection.prepared(
                """
                SELECT COALESCE(SUM(GREATEST(0, TIMESTAMPDIFF(MICROSECOND, started_at, ended_at))), 0)
                FROM attempts WHERE exploration_id = ?
                """
            ).rows([.integer(runs.id)])
            return .microseconds(rows.first?.first?.realValue ?? 0)
        }
    }
}
