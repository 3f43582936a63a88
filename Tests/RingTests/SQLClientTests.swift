import LeaseQueue
import Logging
import ModelRunner
import ParameterSpace
import RedisClient
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline
@testable import RunLedger

@Suite("sql-client", .timeLimit(.minutes(10)))
struct SQLClientTests {
    private let plane = SyntheticPlane(reach: 2)

    @Test("rejects an unknown exploration, creates it with --create, and deletes it with --reset after confirmation")
    func exploration_isCreatedAndReset() async throws {
        let run = try ExplorationFixture(plane.yaml)
        let database = try await TestMariaDB.shared().makeDatabase()
        func client(_ arguments: String...) async throws -> ProcessResult {
            try await Executables.run(
                "atmos-sql-client", [run.file.string] + arguments,
                environment: ["ATMOS_MARIADB_URL": database, "ATMOS_REDIS_URL": "unix:///no/such.sock"])
        }
        let unknown = try await client()
        #expect(unknown.status == 78, "\(unknown)")
        #expect(unknown.errors.contains("--create"), "\(unknown)")
        // It creates the ledger before it notices that Redis is missing.
        let created = try await client("--create")
        #expect(created.status == 69, "\(created)")
        let known = try await client()
        #expect(known.status == 69, "\(known)")
        #expect(try await client("--reset").errors.contains("not confirmed"))
        #expect(try await client("--reset", "--yes").status == 0)
        #expect(try await client().status == 78)
    }

    @Test("explains why it cannot reach MariaDB, without showing a password")
    func unreachableLedger_isExplained() async throws {
        let run = try ExplorationFixture(plane.yaml)
        let good = try await TestMariaDB.shared().makeDatabase()
        let password = "not the right one"
        let wrong = try await Executables.run(
            "atmos-sql-client", [run.file.string],
            environment: [
                "ATMOS_MARIADB_URL": good.replacing("root@", with: "stranger@"), "ATMOS_MARIADB_PASSWORD": password,
            ])
        #expect(wrong.status == 78, "\(wrong)")
        #expect(wrong.errors.contains("stranger"), "\(wrong)")
        #expect(!wrong.errors.contains(password), "\(wrong)")
        let nowhere = try await Executables.run(
            "atmos-sql-client", [run.file.string],
            environment: ["ATMOS_MARIADB_URL": "mariadb://root@localhost/atmos?socket=/no/such.sock"])
        #expect(nowhere.status == 69, "\(nowhere)")
        #expect(nowhere.errors.contains("/no/such.sock"), "\(nowhere)")
    }
}

@Suite("Several sql-clients at once", .timeLimit(.minutes(10)))
struct SeveralSQLClientsTests {
    @Test("drain all queues; a row that the server rejects becomes a dead letter with its message, without the others")
    func severalClients_drainAllQueues() async throws {
        let fixture = try await SQLClientFixture()
        let poison = 7
        try MariaDBConnection(LedgerConfiguration(url: fixture.database)).execute(
            """
            CREATE TRIGGER refusing BEFORE INSERT ON \(Identifier(fixture.definition.table, as: "table")) FOR EACH ROW
            IF NEW.code = \(poison) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no sevens here'; END IF
            """)
        try await fixture.enqueue(0..<4_000, to: RingQueues.mainSQL) { x, _ in
            .point(PointMessage(code: "\(x)", parent: nil))
        }
        try await fixture.enqueue(4_000..<5_000, to: RingQueues.completeStableSQL) { x, hash in
            .result(
                ResultMessage(
                    attempt: fixture.attempt(x, hash), endedAt: 1_700_000_000_000_001, verdict: .stable,
                    message: "'); DELETE FROM explorations; --", outputs: ["height": Double(x)]))
        }
        try await fixture.enqueue(5_000..<5_500, to: RingQueues.errorSQL) { x, hash in
            .failure(
                FailureRecord(
                    attempt: fixture.attempt(x, hash), endedAt: 1_700_000_000_000_001, kind: "exit", message: "\0'",
                    logTail: String(repeating: "'; --\n", count: 1_000)))
        }
        try await fixture.enqueue(5_500..<6_000, to: RingQueues.runningSQL) { x, hash in
            .running(RunningMessage(attempt: fixture.attempt(x, hash)))
        }
        try await fixture.withClients(3) {
            try await eventually("the queues to the ledger are empty", within: .seconds(300)) {
                try await fixture.queues.counts().allSatisfy { name, counts in
                    !RingQueues.toLedger.contains(name) || counts.outstanding == 0
                }
            }
        }
        let progress = try await fixture.ledger.progress(of: fixture.definition.table)
        #expect(progress == LedgerProgress(queued: 3_999, running: 500, error: 500, stable: 1_000))
        let counts = try await fixture.queues.counts()
        #expect(counts[RingQueues.main]?.ready == 3_999)
        #expect(counts[RingQueues.explore]?.ready == 1_000)
        let dead = try await fixture.queues.deadLetters(in: RingQueues.mainSQL, limit: 10)
        #expect(try dead.map(\.id) == [fixture.hash(poison)])
        #expect(dead.first?.failures.allSatisfy { $0.error.contains("no sevens here") } == true, "\(dead)")
        #expect(try await fixture.ledger.registered().count == 1)
    }
}

/// An exploration's ledger and queues, and any number of sql-clients.
private struct SQLClientFixture {
    let definition: ExplorationDefinition
    let database: String
    let ledger: RunLedger
    let queues: LeaseQueues
    private let redis: String

    init() async throws {
        definition = try DefinitionReader.read(
            text: """
                name: clients-\(String(UInt64.random(in: 0 ... .max), radix: 36))
                parameters:
                  - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: 0, maximum: 10000}}
                model: {adapter: command, command: [/bin/true], outputs: [{name: height, unit: m}]}
                """, file: "clients.yaml")
        database = try await TestMariaDB.shared().makeDatabase()
        redis = try await TestRedis.shared().url
        ledger = try await RunLedger.connect(LedgerConfiguration(url: database), logger: .silent)
        try await LedgerSetup(definition: definition, ledger: ledger, logger: .silent).prepare(creates: true)
        queues = try await Self.connect(to: redis, definition, as: "test")
    }

    private static func connect(
        to redis: String, _ definition: ExplorationDefinition, as name: String
    ) async throws -> LeaseQueues {
        let configurations = RingQueues.configurations(for: definition.policy).map { queue in
            var queue = queue
            queue.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(10))
            return queue
        }
        return try await LeaseQueues.connect(
            to: RedisConfiguration(url: redis), namespace: definition.namespace, queues: configurations,
            consumer: name, logger: .silent)
    }

    /// Runs sql-clients with separate sessions until `body` returns.
    func withClients(_ count: Int, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let ledger = try await RunLedger.connect(LedgerConfiguration(url: database), logger: .silent)
                    let queues = try await Self.connect(to: redis, definition, as: "client-\(number)")
                    try await SQLClient(
                        Ring(definition: definition, queues: queues, ledger: ledger, logger: .silent)
                    ).run()
                }
            }
            try await body()
            group.cancelAll()
        }
    }

    func hash(_ x: Int) throws -> String {
        definition.space.hash(of: try definition.space.point(code: "\(x)")).description
    }

    func enqueue(_ numbers: Range<Int>, to queue: QueueName, _ message: (Int, String) -> RingMessage) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 1_000) {
            let jobs = try (start..<min(start + 1_000, numbers.upperBound)).map { number in
                let hash = try hash(number)
                return Job(id: hash, payload: message(number, hash).payload())
            }
            _ = try await queues.enqueue(jobs, to: queue)
        }
    }

    /// An attempt whose texts would break SQL that is not escaped.
    func attempt(_ x: Int, _ hash: String) -> Attempt {
        Attempt(
            hash: Hexadecimal.decode(hash) ?? [], code: "\(x)", token: UInt64(x + 1), attempt: 1,
            worker: "'; DROP TABLE attempts; --",
            host: "`h`", model: "\\", modelVersion: "\"", startedAt: 1_700_000_000_000_000, softwareVersion: "1")
    }
}
