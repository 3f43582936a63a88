import Glibc
import LocalStack
import Logging
import Support
import Synchronization
import TestSupport
import Testing

@testable import RunLedger

extension RunLedger {
    /// Inserts a point, and the first time kills this ledger's session between the write and its commit.
    ///
    /// - Returns: whether the insertion reports a repetition after a commit of unknown outcome.
    fileprivate func insertLosingTheCommit(_ number: Int, in table: String) async throws -> Bool {
        let hasKilled = Atomic(false)
        return try await write("test", in: table) { connection, runs in
            let point = Sample.point(number)
            try connection.prepared(RunStatements(runs).insert).execute(
                batch: [.hash(point.hash), .text(point.code), .doubles([1]), .doubles([2]), .bytes([nil])])
            guard !hasKilled.exchange(true, ordering: .relaxed) else { return }
            let session = try connection.uncached("SELECT CONNECTION_ID()").rows()[0][0].integerValue ?? 0
            try MariaDBConnection(configuration).execute("KILL CONNECTION \(Int(session))")
        }.retriedAfterUnknownCommit
    }
}

@Suite("Lost connections")
struct LossTests {
    private let table = LedgerFixture.table

    @Test("acknowledged batches survive a server that is killed repeatedly")
    func acknowledgedBatches_surviveKills() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let ledger = try await LedgerFixture.connect(server.url, createDatabase: true)
            try await ledger.migrate()
            try await ledger.register(LedgerFixture.schema)
            let batches = 60
            let size = 50
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<5 {
                        try await eventually("the server answers") { server.answers() }
                        let before = try await ledger.progress(of: table).total
                        // Kill the server during a write: after the writer has made some progress.
                        try await eventually("the writer continues") {
                            try await ledger.progress(of: table).total >= min(before + size, batches * size)
                        }
                        if let process = server.processIdentifier { kill(process, SIGKILL) }
                        try await eventually("the server is gone") { !server.answers() }
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

    @Test("a commit whose answer was lost is repeated, and the caller is notified")
    func unknownCommit_isRepeatedAndReported() async throws {
        let ledger = try await LedgerFixture().ledger
        #expect(try await ledger.insertLosingTheCommit(1, in: table))
        #expect(try await ledger.progress(of: table) == LedgerProgress(queued: 1))
    }

    @Test("an idle session that was lost is replaced silently")
    func lostIdleSession_isReplaced() async throws {
        let fixture = try await LedgerFixture()
        let administrator = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        let sessions = try administrator.uncached(
            "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        ).rows()
        for session in sessions { try administrator.execute("KILL CONNECTION \(Int(session[0].integerValue ?? 0))") }
        let reply = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        #expect(reply == InsertReply(outcomes: [.inserted], retriedAfterUnknownCommit: false))
    }

    @Test("a server that does not return is reported with its URL after the time for retries")
    func absentServer_isReported() async throws {
        let (ledger, url) = try await TestMariaDB.withPrivateServer { server in
            var configuration = try LedgerConfiguration(url: server.url)
            configuration.retryTimeout = .milliseconds(200)
            let ledger = try await RunLedger.connect(
                configuration, createDatabase: true, logger: Logger.silent)
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
    func serverDefaults_areOverridden() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let ledger = try await LedgerFixture.connect(server.url, createDatabase: true)
            try await ledger.migrate()
            let administrator = try MariaDBConnection(LedgerConfiguration(url: server.url))
            try administrator.execute("SET GLOBAL time_zone = '+05:30', sql_mode = '', tx_isolation = 'SERIALIZABLE'")
            let other = try await LedgerFixture.connect(server.url)
            try await other.register(LedgerFixture.schema)
            _ = try await other.recordCompleted([Sample.completed(1)], in: table)
            #expect(try await other.run(Sample.hash(1), in: table)?.startedAt == 1_700_000_000_000_001)
            let stored = try await other.query("SELECT started_at FROM test_earth")
            #expect(stored.rows == [[.text("2023-11-14 22:13:20.000001")]])
        }
    }
}

@Suite("A silent server")
struct TimeoutTests {
    /// A database on the shared server, behind a proxy that can drop all data.
    private struct SilentServer {
        let proxy: FaultProxy
        let direct: String
        let url: String

        init() async throws {
            direct = try await TestMariaDB.shared().makeDatabase()
            let socket = try #require(try LedgerConfiguration(url: direct).socketPath)
            proxy = try FaultProxy(to: "unix://\(socket)")
            let path = proxy.url.replacing("unix://", with: "")
            url = direct.replacing(#/socket=.*/#, with: "socket=\(path)&connect_timeout=1&read_timeout=1")
        }

        func connect() async throws -> RunLedger {
            var configuration = try LedgerConfiguration(url: url)
            configuration.retryTimeout = .zero
            return try await RunLedger.connect(configuration, logger: Logger.silent)
        }
    }

    @Test("is reported within the time limit for connecting")
    func silentServer_failsConnecting() async throws {
        let server = try await SilentServer()
        server.proxy.blackHole(true)
        let error = await #expect(throws: LedgerError.self) { try await server.connect() }
        #expect(error?.code == .unreachable, "\(error?.message ?? "")")
        #expect(error?.isOutage == true)
    }

    @Test("is reported within the time limit for an answer, and asked again later")
    func silentServer_failsReading() async throws {
        let server = try await SilentServer()
        let table = LedgerFixture.table
        let setup = try await LedgerFixture.connect(server.direct)
        try await setup.migrate()
        try await setup.register(LedgerFixture.schema)
        let ledger = try await server.connect()
        // On a busy machine an answer may take longer than the read timeout of a second.
        try await eventually("the server answers") { (try? await ledger.progress(of: table).total) == 0 }
        server.proxy.blackHole(true)
        let reading = await #expect(throws: LedgerError.self) { try await ledger.progress(of: table) }
        #expect(reading?.code == .connectionLost, "\(reading?.message ?? "")")
        let writing = await #expect(throws: LedgerError.self) {
            try await ledger.insertQueued([Sample.point(1)], into: table)
        }
        #expect(writing?.isOutage == true, "\(writing?.message ?? "")")
        server.proxy.blackHole(false)
        try await eventually("the point is inserted") {
            (try? await ledger.insertQueued([Sample.point(1)], into: table)) != nil
        }
        #expect(try await setup.progress(of: table).total == 1)
    }

    @Test("is distinguished from one where another writer holds a row")
    func lockedRow_isContention() async throws {
        let fixture = try await LedgerFixture()
        let table = LedgerFixture.table
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        let other = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try other.execute("START TRANSACTION")
        try other.execute("UPDATE test_earth SET message = 'held'")
        var configuration = try LedgerConfiguration(url: "\(fixture.url)&read_timeout=2")
        configuration.retryTimeout = .zero
        let ledger = try await RunLedger.connect(configuration, logger: Logger.silent)
        let error = await #expect(throws: LedgerError.self) {
            try await ledger.recordRunning([Sample.running(1)], in: table)
        }
        #expect(error?.code == .contention, "\(error?.message ?? "")")
        try other.execute("ROLLBACK")
        try await ledger.recordRunning([Sample.running(1)], in: table)
    }
}
