internal import Support

/// Brings a database to the newest schema, step by step.
struct Migrator {
    let connection: MariaDBConnection
    let configuration: LedgerConfiguration

    /// Applies the steps that are missing, in order. The caller holds the ledger's lock.
    ///
    /// The server commits a statement that makes a table at once, so a step that is interrupted is not undone; its
    /// statements are written so that it can simply run again.
    ///
    /// - Returns: the version that the schema has now.
    /// - Throws: ``LedgerError`` with code `schemaTooNew`, before anything is changed, when the database knows steps
    ///   that this library does not.
    func migrate(_ migrations: [Migration] = Migration.all) throws -> Int {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS ledger_migrations (
                version INT UNSIGNED NOT NULL,
                name VARCHAR(255) NOT NULL,
                applied_at DATETIME(6) NOT NULL COMMENT 'UTC',
                PRIMARY KEY (version)
            ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
            """)
        let newest = migrations.last?.version ?? 0
        let current = try current(newest: newest)
        for migration in migrations where migration.version > current {
            for statement in migration.statements { try apply(statement) }
            try connection.uncached("INSERT INTO ledger_migrations VALUES (?, ?, UTC_TIMESTAMP(6))")
                .execute([.integer(Int64(migration.version)), .text(migration.name)])
        }
        return newest
    }

    /// Makes sure that the schema is the newest.
    ///
    /// - Throws: ``LedgerError`` with code `schemaTooNew` or `notMigrated`, naming both versions.
    func check() throws {
        guard let newest = Migration.all.last?.version else { return }
        let current = try current(newest: newest)
        guard current == newest else {
            throw LedgerError(
                .notMigrated,
                "The ledger at \(configuration) has schema version \(current), but this program needs version"
                    + " \(newest): migrate it first.")
        }
    }

    private func current(newest: Int) throws -> Int {
        let found = try connection.uncached("SELECT COALESCE(MAX(version), 0) FROM ledger_migrations").rows()
        let current = Int(found.first?.first?.integerValue ?? 0)
        guard current <= newest else {
            throw LedgerError(
                .schemaTooNew,
                "The ledger at \(configuration) has schema version \(current), but this program knows only up to"
                    + " version \(newest): use a newer program.")
        }
        return current
    }

    /// Executes a statement, which the server may have executed before an interruption. Each changes a table wholly or
    /// not at all, so a name that is there already, or gone already, says that it did.
    private func apply(_ statement: SQL) throws {
        do {
            try connection.execute(statement)
        } catch let error as MariaDBError where error.isAppliedAlready {
            return
        }
    }
}
