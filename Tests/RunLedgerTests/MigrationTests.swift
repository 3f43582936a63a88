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
        try connection.transaction { try Registry(connection: connection).insert(LedgerFixture.schema) }
        let ledger = try await LedgerFixture.connect(url)
        #expect(try await ledger.migrate() == Migration.newest)
        #expect(try await ledger.registered().map(\.schema) == [LedgerFixture.schema])
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
