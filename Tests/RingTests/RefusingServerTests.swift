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

    @Test("loses nothing while the ledger's transactions may only read")
    func readOnlyTransactions_loseNothing() async throws {
        let (found, expected, dead) = try await interrupt(
            ["SET GLOBAL tx_read_only = 1", "KILL USER roles@localhost"], "SET GLOBAL tx_read_only = 0")
        #expect(dead == 0)
        #expect(found == expected)
    }

    @Test(
        "loses nothing while the ledger refuses its user, or one of the user's rights is missing",
        arguments: ["ALL", "INSERT"])
    func missingPrivilege_losesNothing(privilege: String) async throws {
        let (found, expected, dead) = try await interrupt(
            // Sessions keep the privileges that they began with.
            [SQL(unchecked: "REVOKE \(privilege) ON ring.* FROM roles@localhost"), "KILL USER roles@localhost"],
            "GRANT ALL ON ring.* TO roles@localhost")
        #expect(dead == 0)
        #expect(found == expected)
    }

    @Test("loses nothing while a trigger refuses every row")
    func triggerAgainstAllRows_losesNothing() async throws {
        let (found, expected, dead) = try await interrupt(
            [
                """
                CREATE TRIGGER ring.refuse BEFORE INSERT ON ring.attempts FOR EACH ROW
                SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed today'
                """
            ], "DROP TRIGGER ring.refuse")
        #expect(dead == 0)
        #expect(found == expected)
    }

    @Test("loses only the one row that a trigger refuses, and keeps its message with the server's words")
    func triggerAgainstOneRow_losesThatRow() async throws {
        let ring = try await InProcessRing(strategy: "{kind: flood, neighbours: diagonals}")
        let refused = "3,1"
        try ring.administrator { administrator, table in
            try administrator.execute(
                """
                CREATE TRIGGER refuse_one BEFORE INSERT ON \(table) FOR EACH ROW
                IF NEW.code = '3,1' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no such point'; END IF
                """)
        }
        try await ring.run()
        var expected = ring.replayed()
        try #require(expected.removeValue(forKey: refused) != nil)
        #expect(try await ring.verdicts() == expected)
        let letters = try await ring.queues.deadLetters(in: RingQueues.mainSQL, limit: 2)
        #expect(letters.count == 1)
        #expect(letters.first?.failures.last?.error.contains("no such point") == true, "\(letters)")
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
        #expect(isOutage(error) == !isMessageFault)
    }

    @Test(
        "an error of Redis after the first connection is an outage",
        arguments: [
            "MISCONF Redis is configured to save RDB snapshots", "OOM command not allowed", "NOPERM no permissions",
            "NOAUTH Authentication required", "LOADING Redis is loading", "READONLY You can't write", "ERR unknown",
        ])
    func redisError_isOutage(_ reply: String) {
        #expect(isOutage(RedisError.reply(reply)))
    }
}
