import Glibc
import LocalStack
import Support
import Synchronization
import TestSupport
import Testing

@testable import RunLedger

extension RunLedger {
    /// Inserts a point, and ends this ledger's own session from outside, the first time, between the write and its
    /// commit.
    ///
    /// - Returns: whether the insertion says that it was repeated after a commit of unknown outcome.
    fileprivate func insertLosingTheCommit(_ number: Int, in table: String) async throws -> Bool {
        let hasStruck = Atomic(false)
        return try await write("test", in: table) { connection, runs in
            let point = Sample.point(number)
            try connection.prepared(RunStatements(runs).insert).execute(
                batch: [.hash(point.hash), .text(point.code), .doubles([1]), .doubles([2]), .bytes([nil])])
            guard !hasStruck.exchange(true, ordering: .relaxed) else { return }
            let own = try connection.uncached("SELECT CONNECTION_ID()").rows()[0][0].integerValue ?? 0
            try MariaDBConnection(configuration).execute("KILL CONNECTION \(Int(own))")
        }.retriedAfterUnknownCommit
    }
}

@Suite("Losing the server")
struct LossTests {
    private let table = LedgerFixture.table

    @Test("what was acknowledged is there after the server was killed again and again under way")
    func killed() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let ledger = try await LedgerFixture.connect(server.url, createDatabase: true)
            try await ledger.migrate()
            try await ledger.register(LedgerFixture.schema)
            let batches = 60
            let size = 50
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<5 {
                        while !server.answers() { try await Task.sleep(for: .milliseconds(1)) }
                        let before = try await ledger.progress(of: table).total
                        // Strike while the writer is at work: after it has got on a little.
                        while try await ledger.progress(of: table).total < min(before + size, batches * size) {}
                        if let process = server.processIdentifier { kill(process, SIGKILL) }
                        while server.answers() { try await Task.sleep(for: .milliseconds(1)) }
                    }
                }
                for batch in 0..<batches {
                    let numbers = batch * size..<(batch + 1) * size
                    let reply = try await ledger.insertQueued(numbers.map { Sample.point($0) }, into: table)
                    let expected: [InsertOutcome] =
                        reply.retriedAfterUnknownCommit ? [.inserted, .known(.queued)] : [.inserted]
                    #expect(reply.outcomes.allSatisfy(expected.contains))
                    try await ledger.recordRunning(numbers.map { Sample.running($0) }, in: table)
                    let verdicts = try await ledger.recordCompleted(numbers.map { Sample.completed($0) }, in: table)
                    #expect(verdicts.count == size)
                }
                try await group.waitForAll()
            }
            #expect(try await ledger.progress(of: table) == LedgerProgress(stable: batches * size))
            let attempts = try await ledger.query("SELECT state, COUNT(*) FROM attempts GROUP BY state")
            #expect(attempts.rows == [[.text("completed"), .integer(Int64(batches * size))]])
        }
    }

    @Test("a commit whose answer was lost is repeated, and the caller is told")
    func unknownCommit() async throws {
        let ledger = try await LedgerFixture().ledger
        #expect(try await ledger.insertLosingTheCommit(1, in: table))
        #expect(try await ledger.progress(of: table) == LedgerProgress(queued: 1))
    }

    @Test("a session that was lost while idle is made anew without a word")
    func idle() async throws {
        let fixture = try await LedgerFixture()
        let administrator = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        let sessions = try administrator.uncached(
            "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        ).rows()
        for session in sessions { try administrator.execute("KILL CONNECTION \(Int(session[0].integerValue ?? 0))") }
        let reply = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        #expect(reply == InsertReply(outcomes: [.inserted], retriedAfterUnknownCommit: false))
    }

    @Test("a server that stays away is reported after the time for retries, with its URL")
    func staysAway() async throws {
        let (ledger, url) = try await TestMariaDB.withPrivateServer { server in
            var configuration = try LedgerConfiguration(url: server.url)
            configuration.retryTime = .milliseconds(200)
            let ledger = try await RunLedger.connect(
                configuration, createDatabase: true, logger: LedgerFixture.quiet)
            try await ledger.migrate()
            try await ledger.register(LedgerFixture.schema)
            return (ledger, server.url)
        }
        let error = await #expect(throws: LedgerError.self) {
            try await ledger.insertQueued([Sample.point(1)], into: table)
        }
        #expect(error?.isOutage == true)
        #expect(error?.message.contains(url) == true)
    }

    @Test("times are UTC and values are checked on a server with another time zone and a lax mode")
    func otherDefaults() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let ledger = try await LedgerFixture.connect(server.url, createDatabase: true)
            try await ledger.migrate()
            let administrator = try MariaDBConnection(LedgerConfiguration(url: server.url))
            try administrator.execute("SET GLOBAL time_zone = '+05:30', sql_mode = '', tx_isolation = 'SERIALIZABLE'")
            let other = try await LedgerFixture.connect(server.url)
            try await other.register(LedgerFixture.schema)
            _ = try await other.recordCompleted([Sample.completed(1)], in: table)
            #expect(try await other.run(Sample.hash(1), in: table)?.startedAt == 1_700_000_000_000_001)
            let shown = try await other.query("SELECT started_at FROM test_earth")
            #expect(shown.rows == [[.text("2023-11-14 22:13:20.000001")]])
        }
    }
}
