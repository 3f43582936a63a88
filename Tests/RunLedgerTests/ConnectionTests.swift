import Support
import TestSupport
import Testing

@testable import RunLedger

@Suite("Connecting")
struct ConnectionTests {
    @Test("a wrong password is told in a sentence that names the URL without it")
    func wrongPassword() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let administrator = try MariaDBConnection(LedgerConfiguration(url: url))
        try administrator.execute("DROP USER IF EXISTS password_test@localhost")
        try administrator.execute("CREATE USER password_test@localhost IDENTIFIED BY 'right-one'")
        let asUser = url.replacing("root@", with: "password_test:wrong-one@")
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(asUser) }
        #expect(error?.code == .authentication)
        #expect(error?.serverCode == 1045)
        #expect(error?.message.contains("\(url.prefix { $0 != ":" })://password_test@localhost/") == true)
        #expect(error?.message.contains("wrong-one") == false)
        #expect(error?.message.contains("the password is wrong") == true)
    }

    @Test("a user without rights on the database is told so")
    func noRights() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let administrator = try MariaDBConnection(LedgerConfiguration(url: url))
        try administrator.execute("DROP USER IF EXISTS rights_test@localhost")
        try administrator.execute("CREATE USER rights_test@localhost IDENTIFIED BY 'right-one'")
        let asUser = url.replacing("root@", with: "rights_test:right-one@")
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(asUser) }
        #expect(error?.code == .authentication)
        #expect(error?.message.contains("grant") == true)
    }

    @Test(
        "no server there is told at once",
        arguments: ["mariadb://root@localhost/d?socket=/nowhere/m.sock", "mariadb://u@127.0.0.1:1/d"])
    func noServer(url: String) async throws {
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(url) }
        #expect(error?.code == .unreachable)
        #expect(error?.isOutage == true)
        #expect(error?.message.contains(url) == true)
    }

    @Test("a missing database is told, or created when asked for")
    func missingDatabase() async throws {
        let url = try await TestMariaDB.shared().url(database: "not-there-yet-\(UInt32.random(in: 0...UInt32.max))")
        let error = await #expect(throws: LedgerError.self) { try await LedgerFixture.connect(url) }
        #expect(error?.code == .unknownDatabase)
        #expect(error?.message.contains("not-there-yet") == true)
        let ledger = try await LedgerFixture.connect(url, createDatabase: true)
        #expect(try await ledger.migrate() == Migration.newest)
    }

    @Test("a closed ledger refuses every operation")
    func closed() async throws {
        let fixture = try await LedgerFixture()
        await fixture.ledger.close()
        let error = await #expect(throws: LedgerError.self) {
            try await fixture.ledger.insertQueued([Sample.point(1)], into: LedgerFixture.table)
        }
        #expect(error?.code == .closed)
    }

    @Test("a session is strict and in UTC, whatever the server's defaults")
    func session() async throws {
        let url = try await TestMariaDB.shared().makeDatabase()
        let connection = try MariaDBConnection(LedgerConfiguration(url: url))
        let isolation: SQL = connection.dialect == .mySQL ? "@@transaction_isolation" : "@@tx_isolation"
        let row = try connection.uncached(
            "SELECT @@sql_mode, @@time_zone, @@character_set_connection, \(isolation)"
        ).rows()[0]
        #expect(row[0].textValue?.contains("STRICT_ALL_TABLES") == true)
        #expect(row[1] == .text("+00:00"))
        #expect(row[2] == .text("utf8mb4"))
        #expect(row[3] == .text("READ-COMMITTED"))
    }
}
