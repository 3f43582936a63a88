import LeaseQueue
import LocalStack
import Support
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline
@testable import RedisClient
@testable import RunLedger

@Suite("A ring whose servers refuse to work for a while", .timeLimit(.minutes(10)))
struct RefusingServerTests {
    /// Runs a ring on a private MariaDB, as a user without administrative privileges, in the middle of which the ledger
    /// refuses statements for a few seconds.
    private func interrupt(
        _ refuse: [SQL], _ accept: SQL
    ) async throws -> (found: [String: String], expected: [String: String], dead: Int) {
        try await TestMariaDB.withPrivateServer { server in
            let administrator = try MariaDBConnection(
                LedgerConfiguration(url: server.url(database: "mysql")))
            try administrator.execute("CREATE DATABASE ring")
            try administrator.execute("CREATE USER roles@localhost")
            try administrator.execute("GRANT ALL ON ring.* TO roles@localhost")
            let url = server.url(database: "ring")
            let ring = try await InProcessRing(
                strategy: "{kind: flood, neighbours: diagonals}", database: url,
                roles: url.replacing("root@", with: "roles@"))
            try await ring.start()
            try await ring.withRoles(.init(delay: 1_000...3_000)) {
                try await eventually("20 points have a verdict") {
                    try await ring.ledger.progress(of: ring.definition.table).completed >= 20
                }
                for statement in refuse { try administrator.execute(statement) }
                // Longer than all attempts of a message of the queues to the ledger.
                try await Task.sleep(for: .seconds(3))
                try administrator.execute(accept)
                try await ring.untilFinished()
            }
            let dead = try await ring.queues.counts().values.reduce(0) { $0 + $1.dead }
            return (try await ring.verdicts(), ring.replayed(), dead)
        }
    }

    @Test("loses nothing while the ledger is read-only, as during a fail-over")
    func readOnlyLedger_losesNothing() async throws {
        let (found, expected, dead) = try await interrupt(
            ["SET GLOBAL read_only = 1"], "SET GLOBAL read_only = 0")
        #expect(dead == 0)
        #expect(found == expected)
    }

    @Test("loses nothing while the ledger refuses its user")
    func missingPrivilege_losesNothing() async throws {
        let (found, expected, dead) = try await interrupt(
            // Sessions keep the privileges that they began with.
            ["REVOKE ALL ON ring.* FROM roles@localhost", "KILL USER roles@localhost"],
            "GRANT ALL ON ring.* TO roles@localhost")
        #expect(dead == 0)
        #expect(found == expected)
    }

    @Test(
        "an error of the ledger is a message's fault only if the server refuses the message's row",
        arguments: [
            (1290, "HY000", false), (1792, "25006", false), (1836, "HY000", false), (1114, "HY000", false),
            (1021, "HY000", false), (1142, "42000", false), (1045, "28000", false), (1146, "42S02", false),
            (9999, "HY000", false), (1406, "22001", true), (1366, "22007", true), (1048, "23000", true),
            (1264, "22003", true), (1644, "45000", true), (1153, "08S01", true),
        ] as [(UInt32, String, Bool)])
    func ledgerError_isOneSidesFault(_ code: UInt32, _ state: String, _ isMessageFault: Bool) {
        let error = LedgerError(.server, "refused", serverCode: code, sqlState: state)
        #expect(error.isRecordFault == isMessageFault)
        #expect(Fault(of: error) == (isMessageFault ? .message : .surroundings))
    }

    @Test(
        "an error of Redis after the first connection is a fault of the surroundings",
        arguments: [
            "MISCONF Redis is configured to save RDB snapshots", "OOM command not allowed", "NOPERM no permissions",
            "NOAUTH Authentication required", "LOADING Redis is loading", "READONLY You can't write", "ERR unknown",
        ])
    func redisError_isSurroundingsFault(_ reply: String) {
        #expect(Fault(of: RedisError.reply(reply)) == .surroundings)
    }
}
