extension RunLedger {
    /// Sets the budget of an exploration in place of the one before. What it means is for those who let runs begin.
    ///
    /// - Throws: ``LedgerError``, as ``recordRunning(_:in:)``.
    public func setBudget(_ budget: RunBudget, of table: String) async throws {
        _ = try await write("setBudget", in: table) { connection, runs in
            try connection.prepared(
                """
                REPLACE INTO ledger_budgets (exploration_id, ends_at, core_seconds, tolerance)
                VALUES (?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, ?, ?)
                """
            ).execute([
                .integer(runs.id), .integers([budget.wallTime.map { Int64($0 / .microseconds(1)) }]),
                .doubles([budget.coreTime.map { $0 / .seconds(1) }]), .integers([budget.tolerance.map(Int64.init)]),
            ])
        }
    }

    /// How the budget of an exploration stands; nil where none was ever set.
    public func budget(of table: String) async throws -> BudgetStanding? {
        try await read("budget", in: table) { connection, runs in
            let rows = try connection.prepared(
                """
                SELECT COALESCE(ends_at <= UTC_TIMESTAMP(6), 0), core_seconds, tolerance FROM ledger_budgets
                WHERE exploration_id = ?
                """
            ).rows([.integer(runs.id)])
            return try rows.first.map { cells in
                var row = CellReader(cells)
                return BudgetStanding(
                    isTimeOver: try row.integer() == 1, coreTime: try row.optionalReal().map { .seconds($0) },
                    tolerance: try row.optionalInteger().map { Int($0) })
            }
        }
    }

    /// How long all attempts of an exploration that have ended lasted together. Reads all of them: about a second for
    /// a million.
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
