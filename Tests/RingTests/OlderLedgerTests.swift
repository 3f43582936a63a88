import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("A ledger that an older program made")
struct OlderLedgerTests {
    /// Takes back what came with version 7.
    private static let older = """
        ALTER TABLE ledger_budgets ADD COLUMN until_resolved BOOLEAN NOT NULL DEFAULT FALSE, DROP COLUMN tolerance;
        DELETE FROM ledger_migrations WHERE version > 6;
        """

    @Test("is brought up to date where it is this machine's, and is another program's to bring up where it is not")
    func reading() async throws {
        let plane = SyntheticPlane(reach: 3)
        let run = try LocalRun(plane.yaml)
        let explored = try await run.explore()
        try #require(explored.status == 0, "\(explored)")
        try await run.database { socket in
            let made = try await Subprocess.run(
                .name("mariadb"),
                arguments: ["--no-defaults", "--user=root", "--socket=\(socket)", "--execute=\(Self.older)", "atmos"],
                output: .discarded, error: .string(limit: 4_096))
            try #require(made.terminationStatus.isSuccess, "\(made.standardError)")
            let url = "mariadb://root@localhost/atmos?socket=\(socket)"
            let refused = try await Executables.run("atmos", ["coverage", "--mariadb-url", url], in: run.scratch.path)
            #expect(refused.status == 78, "\(refused)")
            #expect(refused.errors.contains("has schema version 6, but this program needs version"), "\(refused)")
            #expect(refused.errors.contains("atmos-sql-client FILE --create-only"), "\(refused)")
            // A statement of one's own may fit any version.
            let query = "SELECT COUNT(*) FROM plane"
            let asked = try await Executables.run(
                "atmos", ["query", query, "--mariadb-url", url, "--format", "csv"], in: run.scratch.path)
            #expect(asked.output.hasSuffix("\n\(plane.expected.count)\n"), "\(asked)")
        }
        let read = try await run.read("coverage", [])
        #expect(read.status == 0 && read.output.contains("plane: \(plane.expected.count) points"), "\(read)")
    }
}
