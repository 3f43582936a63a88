import LocalStack
import Synchronization
import TestSupport
import Testing

@testable import RunLedger

/// Locks two rows in an order of its own, so that two of these meet; says how often it had to begin.
extension RunLedger {
    fileprivate func lock(_ first: Int, _ second: Int, meeting: Meeting) async throws -> Int {
        let tries = Atomic(0)
        _ = try await write("test", in: LedgerFixture.table) { connection, runs in
            let isFirstTry = tries.add(1, ordering: .relaxed).newValue == 1
            let update = try connection.prepared("UPDATE \(runs.name) SET iterations = 1 WHERE hash = ?")
            try update.execute([.hash(Sample.hash(first))])
            if isFirstTry { meeting.arrive() }
            try update.execute([.hash(Sample.hash(second))])
        }
        return tries.load(ordering: .relaxed)
    }
}

/// Where two threads wait for each other. Both are ledgers' own threads, so that waiting holds up nobody.
private final class Meeting: Sendable {
    private let arrived = Atomic(0)

    func arrive() {
        arrived.add(1, ordering: .sequentiallyConsistent)
        while arrived.load(ordering: .sequentiallyConsistent) < 2 {}
    }
}

/// Raised once, by one thread for another to see.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isUp: Bool { value.load(ordering: .sequentiallyConsistent) }

    func raise() { value.store(true, ordering: .sequentiallyConsistent) }
}

@Suite("Writers in each other's way")
struct RivalsTests {
    private let table = LedgerFixture.table

    @Test("two that hold what the other waits for both get through: the server undoes one, which begins again")
    func deadlock() async throws {
        let fixture = try await LedgerFixture()
        let other = try await fixture.connectAgain()
        _ = try await fixture.ledger.insertQueued([Sample.point(1), Sample.point(2)], into: table)
        for _ in 0..<5 {
            let meeting = Meeting()
            async let one = fixture.ledger.lock(1, 2, meeting: meeting)
            async let two = other.lock(2, 1, meeting: meeting)
            let tries = try await [one, two].sorted()
            #expect(tries[0] == 1 && tries[1] >= 2, "\(tries)")
        }
    }

    @Test("a row that somebody holds for longer than a statement waits is written as soon as it is let go")
    func lockWait() async throws {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        let tries = Atomic(0)
        // Used by one thread at a time: by this test, then by the ledger's.
        nonisolated(unsafe) let holder = try MariaDBConnection(LedgerConfiguration(url: fixture.url))
        try holder.execute("START TRANSACTION")
        try holder.execute("UPDATE test_earth SET iterations = 1")
        _ = try await fixture.ledger.write("test", in: table) { connection, runs in
            try connection.execute("SET SESSION innodb_lock_wait_timeout = 1")
            if tries.add(1, ordering: .relaxed).newValue > 1 { try holder.execute("COMMIT") }
            try connection.execute("UPDATE \(runs.name) SET iterations = 2")
        }
        #expect(tries.load(ordering: .relaxed) == 2)
        #expect(try await fixture.ledger.run(Sample.hash(1), in: table)?.iterations == 2)
    }

    @Test("who reads does not wait for who writes")
    func readers() async throws {
        let fixture = try await LedgerFixture()
        _ = try await fixture.ledger.insertQueued([Sample.point(1)], into: table)
        let (hasBegun, mayEnd) = (Flag(), Flag())
        async let written = fixture.ledger.write("test", in: table) { connection, runs in
            try connection.execute("UPDATE \(runs.name) SET iterations = 3")
            hasBegun.raise()
            while !mayEnd.isUp {}
        }
        while !hasBegun.isUp { await Task.yield() }
        #expect(try await fixture.ledger.progress(of: table).queued == 1)
        #expect(try await fixture.ledger.run(Sample.hash(1), in: table)?.iterations == nil)
        mayEnd.raise()
        _ = try await written
        #expect(try await fixture.ledger.run(Sample.hash(1), in: table)?.iterations == 3)
    }

    @Test("keys that the server hands out with gaps, as those of a Galera cluster, are no trouble")
    func offsets() async throws {
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
