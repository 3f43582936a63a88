import SystemPackage
import TestSupport
import Testing

@Suite("sql-client")
struct SQLClientTests {
    private let plane = SyntheticPlane(reach: 2)

    @Test("refuses an exploration that the ledger does not know, creates it on demand, and forgets it after a yes")
    func createAndReset() async throws {
        let run = try LocalRun(plane.yaml)
        let database = try await TestMariaDB.shared().makeDatabase()
        func client(_ arguments: String...) async throws -> Ended {
            try await Executables.run(
                "atmos-sql-client", [run.file.string] + arguments,
                environment: ["ATMOS_MARIADB_URL": database, "ATMOS_REDIS_URL": "unix:///no/such.sock"])
        }
        let unknown = try await client()
        #expect(unknown.status == 78 && unknown.errors.contains("--create"), "\(unknown)")
        // It creates the ledger before it finds out that Redis is not there.
        let created = try await client("--create")
        #expect(created.status == 69, "\(created)")
        let known = try await client()
        #expect(known.status == 69, "\(known)")
        #expect(try await client("--reset").errors.contains("not confirmed"))
        #expect(try await client("--reset", "--yes").status == 0)
        #expect(try await client().status == 78)
    }

    @Test("says what is wrong with the way to MariaDB, and never shows a password")
    func wrongServer() async throws {
        let run = try LocalRun(plane.yaml)
        let good = try await TestMariaDB.shared().makeDatabase()
        let password = "not the right one"
        let wrong = try await Executables.run(
            "atmos-sql-client", [run.file.string],
            environment: [
                "ATMOS_MARIADB_URL": good.replacing("root@", with: "nobody@"), "ATMOS_MARIADB_PASSWORD": password,
            ])
        #expect(wrong.status == 78, "\(wrong)")
        #expect(wrong.errors.contains("nobody") && !wrong.errors.contains(password), "\(wrong)")
        let nowhere = try await Executables.run(
            "atmos-sql-client", [run.file.string],
            environment: ["ATMOS_MARIADB_URL": "mariadb://root@localhost/atmos?socket=/no/such.sock"])
        #expect(nowhere.status == 69 && nowhere.errors.contains("/no/such.sock"), "\(nowhere)")
    }
}
