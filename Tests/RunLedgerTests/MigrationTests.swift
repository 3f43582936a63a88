import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Migrations")
struct MigrationTests {
    @Test("an empty database is brought to the newest version, and a second time nothing happens")
    func fromEmpty() async throws {
        let ledger = try await LedgerFixture.connect(TestMariaDB.shared().makeDatabase())
        #expect(try await ledger.migrate() == Migration.newest)
        let first = try await ledger.query("SELECT * FROM ledger_migrations ORDER BY version")
        #expect(first.rows.map { $0[0].integerValue } == Migration.all.map { Int64($0.version) })
        #expect(try await ledger.migrate() == Migration.newest)
        let second = try await ledger.query("SELECT * FROM ledger_migrations ORDER BY version")
        #expect(first == second)
    }

    @Test("many programs may migrate at once")
    func concurrently() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await LedgerFixture.connect(url).migrate() } }
            for try await version in group { #expect(version == Migration.newest) }
        }
        let ledger = try await LedgerFixture.connect(url)
        let applied = try await ledger.query("SELECT COUNT(*) FROM ledger_migrations")
        #expect(applied.rows[0][0].integerValue == Int64(Migration.all.count))
    }

    @Test("an older schema gets the steps that it lacks, and keeps its rows")
    func fromOlder() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let configuration = try LedgerConfiguration(url: url)
        let connection = try MariaDBConnection(configuration)
        let migrator = Migrator(connection: connection, configuration: configuration)
        #expect(try migrator.migrate(Array(Migration.all.prefix(1))) == 1)
        try connection.execute(
            """
            INSERT INTO explorations VALUES
            (1, 'test-earth', 'test_earth', 'abc123', 'name: test-earth', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
            """)
        let ledger = try await LedgerFixture.connect(url)
        #expect(try await ledger.migrate() == Migration.newest)
        #expect(try await ledger.registered().map(\.digest) == ["abc123"])
        #expect(try await ledger.definitions(of: "test-earth").map(\.definition) == ["name: test-earth"])
    }

    @Test("a ledger of schema version 2 is brought to the newest with its rows, and goes on")
    func fromVersion2() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let connection = try MariaDBConnection(LedgerConfiguration(url: url))
        for statement in schemaVersion2.split(separator: ";\n") {
            try connection.execute(SQL(unchecked: String(statement)))
        }
        let ledger = try await LedgerFixture.connect(url)
        #expect(try await ledger.migrate() == Migration.newest)
        let schema = try #require(try await ledger.registered().first?.schema)
        #expect(schema.name == "old-plane")
        #expect(try await ledger.definitions(of: schema.name).map(\.digest) == [schema.digest])
        #expect(schema.parameters.map(\.name) == ["x", "y"])
        #expect(try await ledger.progress(of: "old_plane") == LedgerProgress(error: 1, stable: 1, unstable: 1))
        let hash = try #require(try await ledger.points(in: "old_plane", state: .error, limit: 2).first?.hash)
        let failed = try #require(try await ledger.run(hash, in: "old_plane"))
        #expect(failed.code == "0,2")
        #expect(failed.error == "it's gone; --")
        var attempt = try #require(try await ledger.attempts(of: failed.hash, in: "old_plane").first)
        #expect(attempt.logTail == "line 1\nline 2")
        #expect(attempt.peakMemory == 4096)
        #expect(attempt.explorationDigest == nil && attempt.softwareVersion == nil && attempt.pod == nil)

        // The point is tried again by a program of today.
        try await ledger.register(schema)
        let keys = try await ledger.query("SHOW KEYS FROM old_plane WHERE Key_name = 'by_code'")
        #expect(keys.rows.isEmpty, "an index that only costs time is gone")
        var run = Sample.running(1, token: failed.token + 1, attempt: 2)
        run.hash = failed.hash
        _ = try await ledger.recordCompleted(
            [.init(run: run, endedAt: run.startedAt, verdict: .stable, outputs: [2], logTail: "done")], in: "old_plane")
        attempt = try #require(try await ledger.attempts(of: failed.hash, in: "old_plane").last)
        #expect(attempt.explorationDigest == run.explorationDigest && attempt.logTail == "done")
        #expect(try await ledger.progress(of: "old_plane") == LedgerProgress(stable: 2, unstable: 1))
    }

    @Test("a step that was interrupted before it was noted down is taken again")
    func interrupted() async throws {
        let fixture = try await LedgerFixture()
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        for migration in Migration.all.reversed() {
            try connection.execute("DELETE FROM ledger_migrations WHERE version >= \(migration.version)")
            #expect(try await fixture.ledger.migrate() == Migration.newest)
        }
        let applied = try await fixture.ledger.query("SELECT COUNT(*) FROM ledger_migrations")
        #expect(applied.rows[0][0].integerValue == Int64(Migration.all.count))
    }

    @Test("a schema from the future is refused, naming both versions, and left alone")
    func fromFuture() async throws {
        let fixture = try await LedgerFixture()
        let connection = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try connection.execute("INSERT INTO ledger_migrations VALUES (999, 'future', UTC_TIMESTAMP(6))")
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.migrate() }
        #expect(error?.code == .schemaTooNew)
        #expect(error?.message.contains("version 999") == true)
        #expect(error?.message.contains("version \(Migration.newest)") == true)
        let checked = await #expect(throws: LedgerError.self) { try await fixture.ledger.checkSchema() }
        #expect(checked?.message == error?.message)
        try connection.execute("DELETE FROM ledger_migrations WHERE version > 2")
        let older = await #expect(throws: LedgerError.self) { try await fixture.ledger.checkSchema() }
        #expect(older?.code == .notMigrated)
        #expect(older?.message.contains("version 2") == true, "\(older?.message ?? "")")
    }

    @Test("a database without a ledger is told apart from one without the exploration")
    func notMigrated() async throws {
        let ledger = try await LedgerFixture.connect(TestMariaDB.shared().makeDatabase())
        let before = await #expect(throws: LedgerError.self) { try await ledger.progress(of: "test_earth") }
        #expect(before?.code == .notMigrated)
        try await ledger.migrate()
        let after = await #expect(throws: LedgerError.self) { try await ledger.progress(of: "test_earth") }
        #expect(after?.code == .unknownExploration)
    }
}
