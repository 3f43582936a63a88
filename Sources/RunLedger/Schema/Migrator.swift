internal import Support

/// Migrates a database to the current schema, step by step.
struct Migrator {
    let connection: MariaDBConnection
    let configuration: LedgerConfiguration

    /// Applies the missing steps, oldest first. The caller holds the ledger's lock.
    ///
    /// The server commits each statement that changes a table at once, so an interrupted step is not rolled back; its
    /// statements are written so that the step can run again.
    ///
    /// - Returns: the schema's version.
    /// - Throws: ``LedgerError`` with code `schemaTooNew`, before anything is changed, if the database has steps that
    ///   this library does not know.
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

    /// Checks that the schema is the current one.
    ///
    /// - Throws: ``LedgerError`` with code `schemaTooNew` or `notMigrated`, naming both versions.
    func check() throws {
        guard let newest = Migration.all.last?.version else { return }
        let current = try current(newest: newest)
        guard current == newest else {
            throw LedgerError(
                .notMigrated,
                "the ledger at \(configuration) has schema version \(current), but this program needs version"
                    + " \(newest): migrate it first")
        }
    }

    private func current(newest: Int) throws -> Int {
        let found = try connection.uncached("SELECT COALESCE(MAX(version), 0) FROM ledger_migrations").rows()
        let current = Int(found.first?.first?.integerValue ?? 0)
        guard current <= newest else {
            throw LedgerError(
                .schemaTooNew,
                "the ledger at \(configuration) has schema version \(current), but this program only knows versions up"
                    + " to version \(newest): use a newer program")
        }
        return current
    }

    /// Executes a statement that may have been executed before an interruption. Each changes a table completely or not
    /// at all, so the error that a name already exists, or no longer exists, means that it was.
    private func apply(_ statement: SQL) throws {
        do {
            try connection.execute(statement)
        } catch let error as MariaDBError where error.isAppliedAlready {
            return
        }
    }
}

/// A step of the schema: a numbered file of SQL. Steps are only ever appended.
struct Migration: Sendable {
    let version: Int
    let name: String
    private let bytes: [UInt8]

    static let all = [
        Migration(version: 1, name: "registry", bytes: PackageResources._001_registry_sql),
        Migration(version: 2, name: "attempts", bytes: PackageResources._002_attempts_sql),
        Migration(version: 3, name: "provenance", bytes: PackageResources._003_provenance_sql),
        Migration(version: 4, name: "definitions", bytes: PackageResources._004_definitions_sql),
        Migration(version: 5, name: "views", bytes: PackageResources._005_views_sql),
        Migration(version: 6, name: "budgets", bytes: PackageResources._006_budgets_sql),
        Migration(version: 7, name: "tolerance", bytes: PackageResources._007_tolerance_sql),
        Migration(version: 8, name: "rings", bytes: PackageResources._008_rings_sql),
    ]

    /// The version that this library works with.
    static var newest: Int { all.last?.version ?? 0 }

    /// The file's statements. A statement ends with a semicolon at the end of a line; lines beginning with `--` are
    /// comments.
    var statements: [SQL] {
        var statements: [SQL] = []
        var lines: [Substring] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("--") {
            guard line.hasSuffix(";") else {
                lines.append(line)
                continue
            }
            lines.append(line.dropLast())
            statements.append(SQL(unchecked: lines.joined(separator: "\n")))
            lines = []
        }
        precondition(lines.isEmpty, "migration \(version) ends within a statement")
        return statements
    }
}

/// The lock under which the ledger's tables are created and altered, held by one session at a time. The server releases
/// it when that session ends for any reason.
enum LedgerLock {
    private static let waitTimeout = Duration.seconds(60)
    /// Locks are named server-wide; the digest keeps within the limit of 64 characters. MySQL 9 does not have SHA1.
    private static let name: SQL = "CONCAT('run_ledger:', LEFT(SHA2(DATABASE(), 256), 40))"

    static func withLock<Result>(
        on connection: MariaDBConnection, _ configuration: LedgerConfiguration, _ body: () throws -> Result
    ) throws -> Result {
        let deadline = ContinuousClock.now + waitTimeout
        while try !lock(on: connection, waiting: min(waitTimeout, configuration.readTimeout) / 2) {
            guard ContinuousClock.now < deadline else {
                throw LedgerError(
                    .contention,
                    "another program has been changing the tables at \(configuration) for a minute: try again when it"
                        + " is done")
            }
        }
        let result: Result
        do {
            result = try body()
        } catch {
            // A lost connection has released the lock.
            _ = try? unlock(on: connection)
            throw error
        }
        try unlock(on: connection)
        return result
    }

    /// Each attempt is shorter than the read timeout, since the server is silent while it waits.
    private static func lock(on connection: MariaDBConnection, waiting time: Duration) throws -> Bool {
        let taken = try connection.uncached("SELECT GET_LOCK(\(name), \(max(1, Int(time.components.seconds))))").rows()
        return taken.first?.first?.integerValue == 1
    }

    private static func unlock(on connection: MariaDBConnection) throws {
        _ = try connection.uncached("SELECT RELEASE_LOCK(\(name))").rows()
    }
}
