import Glibc
import LocalStack
import Synchronization
import TestSupport
import Testing

@testable import RunLedger

extension RunLedger {
    /// Locks two rows in the given order and meets another writer in between. Returns the number of its attempts.
    fileprivate func lock(_ first: Int, _ second: Int, meeting: Barrier) async throws -> Int {
        let attempts = Atomic(0)
        _ = try await write("test", in: LedgerFixture.table) { connection, runs in
            let isFirstAttempt = attempts.add(1, ordering: .relaxed).newValue == 1
            let update = try connection.prepared("UPDATE \(runs.name) SET iterations = 1 WHERE hash = ?")
            try update.execute([.hash(Sample.hash(first))])
            if isFirstAttempt {
                meeting.arrive()
                meeting.wait()
            }
            try update.execute([.hash(Sample.hash(second))])
        }
        return attempts.load(ordering: .relaxed)
    }
}

/// A number of arrivals that a thread of a ledger can block on. Those threads are not shared with other tasks.
private final class Barrier: Sendable {
    private let arrived = Atomic(0)
    private let expected: Int

    init(expecting expected: Int = 1) { self.expected = expected }

    var isOpen: Bool { arrived.load(ordering: .sequentiallyConsistent) >= expected }

    func arrive() { arrived.add(1, ordering: .sequentiallyConsistent) }

    /// Blocks until all have arrived, for a minute at most.
    func wait(sourceLocation: SourceLocation = #_sourceLocation) {
        let end = ContinuousClock.now + .seconds(60)
        while !isOpen {
            guard ContinuousClock.now < end else {
                Issue.record("nothing arrived within a minute", sourceLocation: sourceLocation)
                return
            }
            usleep(100)
        }
    }
}

@Suite("Conflicting writers")
struct RivalsTests {
    private let table = LedgerFixture.table

    @Test("two writers in a deadlock both succeed: the server rolls one back, which retries")
    func deadlock_isRetried() async throws {
        let fixture = try await LedgerFixture()
        let other = try await fixture.connectAgain()
        _ = try await fixture.ledger.insertQueued([Sample.point(1), Sample.point(2)], into: table)
        for _ in 0..<5 {
            let meeting = Barrier(expecting: 2)
            async let one = fixture.ledger.lock(1, 2, meeting: meeting)
            async let two = other.lock(2, 1, meeting: meeting)
            let attempts = try await [one, two].sorted()
            #expect(attempts[0] == 1)
            #expect(attempts[1] >= 2)
        }
    }

    @Test("a row that is locked for longer than a statement waits is written after its release")
    func longLock_isWaitedFor() async throws {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        let attempts = Atomic(0)
        // Used by one thread at a time: by this test, then by the ledger's.
        nonisolated(unsafe) let holder = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try holder.execute("START TRANSACTION")
        try holder.execute("UPDATE test_earth SET iterations = 1")
        _ = try await fixture.ledger.write("test", in: table) { connection, runs in
            try connection.execute("SET SESSION innodb_lock_wait_timeout = 1")
            if attempts.add(1, ordering: .relaxed).newValue > 1 { try holder.execute("COMMIT") }
            try connection.execute("UPDATE \(runs.name) SET iterations = 2")
        }
        #expect(attempts.load(ordering: .relaxed) == 2)
        #expect(try await fixture.ledger.run(Sample.hash(1), in: table)?.iterations == 2)
    }

    @Test("readers do not wait for writers")
    func readers_doNotWaitForWriters() async throws {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        let (hasBegun, mayEnd) = (Barrier(), Barrier())
        async let written = fixture.ledger.write("test", in: table) { connection, runs in
            try connection.execute("UPDATE \(runs.name) SET iterations = 3")
            hasBegun.arrive()
            mayEnd.wait()
        }
        try await eventually("the writer holds the row") { hasBegun.isOpen }
        #expect(try await fixture.ledger.progress(of: table).queued == 1)
        #expect(try await fixture.ledger.run(Sample.hash(1), in: table)?.iterations == nil)
        mayEnd.arrive()
        _ = try await written
        #expect(try await fixture.ledger.run(Sample.hash(1), in: table)?.iterations == 3)
    }

    @Test("keys that the server assigns with gaps, as in a Galera cluster, work")
    func keysWithGaps_work() async throws {
        try await TestMariaDB.withPrivateServer(
            options: ["--auto-increment-increment=7", "--auto-increment-offset=5"]
        ) { server in
            let ledger = try await LedgerFixture.connect(server.url, createDatabase: true)
            try await ledger.migrate()
            for name in ["one", "two"] {
                var schema = LedgerFixture.schema
                (schema.name, schema.table) = (name, name)
                try await ledger.register(schema)
                _ = try await ledger.insertQueued([Sample.point(1)], into: name)
                _ = try await ledger.recordCompleted([Sample.completed(1)], in: name)
                #expect(try await ledger.attempts(of: Sample.hash(1), in: name).count == 1)
                #expect(try await ledger.definitions(of: name).count == 1)
            }
            let ids = try await ledger.query("SELECT id FROM explorations ORDER BY id")
            #expect(ids.rows == [[.integer(5)], [.integer(12)]])
        }
    }
}
