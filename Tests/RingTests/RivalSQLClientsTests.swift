import LeaseQueue
import Logging
import ModelRunner
import ParameterSpace
import RedisClient
import Support
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline
@testable import RunLedger

/// An exploration's ledger and queues, and as many sql-clients as one likes.
private struct RivalStage {
    let definition: ExplorationDefinition
    let database: String
    let ledger: RunLedger
    let queues: LeaseQueues
    private let redis: String

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() async throws {
        definition = try DefinitionReader.read(
            text: """
                name: rivals-\(String(UInt64.random(in: 0 ... .max), radix: 36))
                parameters:
                  - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: 0, maximum: 10000}}
                model: {adapter: command, command: [/bin/true], outputs: [{name: height, unit: m}]}
                """, file: "rivals.yaml")
        database = try await TestMariaDB.shared().makeDatabase()
        redis = try await TestRedis.shared().url
        ledger = try await RunLedger.connect(LedgerConfiguration(url: database), logger: Self.quiet)
        try await LedgerSetup(definition: definition, ledger: ledger, logger: Self.quiet).prepare(creates: true)
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
            consumer: name, logger: quiet)
    }

    /// Runs sql-clients, each with sessions of its own, until `body` returns.
    func withClients(_ count: Int, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let own = try await RunLedger.connect(LedgerConfiguration(url: database), logger: Self.quiet)
                    let queues = try await Self.connect(to: redis, definition, as: "client-\(number)")
                    try await SQLClient(
                        Ring(definition: definition, queues: queues, ledger: own, logger: Self.quiet)
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

    func attempt(_ x: Int, _ hash: String) -> AttemptMessage {
        AttemptMessage(
            hash: hash, code: "\(x)", token: UInt64(x + 1), attempt: 1, worker: "'; DROP TABLE attempts; --",
            host: "`h`", model: "\\", modelVersion: "\"", startedAt: 1_700_000_000_000_000, softwareVersion: "1")
    }
}

@Suite("Several sql-clients at once")
struct RivalSQLClientsTests {
    @Test(
        "drain every queue; a row that the server refuses is a dead letter with the server's words, and the others land"
    )
    func drain() async throws {
        let stage = try await RivalStage()
        let poison = 7
        try MariaDBConnection(LedgerConfiguration(url: stage.database)).execute(
            """
            CREATE TRIGGER refusing BEFORE INSERT ON \(Identifier(stage.definition.table, as: "table")) FOR EACH ROW
            IF NEW.code = \(poison) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no sevens here'; END IF
            """)
        try await stage.enqueue(0..<4_000, to: RingQueues.mainSQL) { x, _ in
            .point(PointMessage(code: "\(x)", parent: nil))
        }
        try await stage.enqueue(4_000..<5_000, to: RingQueues.completeStableSQL) { x, hash in
            .result(
                ResultMessage(
                    attempt: stage.attempt(x, hash), endedAt: 1_700_000_000_000_001, verdict: .stable,
                    message: "'); DELETE FROM explorations; --", outputs: ["height": Double(x)]))
        }
        try await stage.enqueue(5_000..<5_500, to: RingQueues.errorSQL) { x, hash in
            .failure(
                FailureMessage(
                    attempt: stage.attempt(x, hash), endedAt: 1_700_000_000_000_001, kind: "exit", message: "\0'",
                    logTail: String(repeating: "'; --\n", count: 1_000)))
        }
        try await stage.enqueue(5_500..<6_000, to: RingQueues.runningSQL) { x, hash in
            .running(RunningMessage(attempt: stage.attempt(x, hash)))
        }
        try await stage.withClients(3) {
            while try await stage.queues.counts().contains(where: { name, counts in
                RingQueues.toLedger.contains(name) && counts.outstanding > 0
            }) {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let progress = try await stage.ledger.progress(of: stage.definition.table)
        #expect(progress == LedgerProgress(queued: 3_999, running: 500, error: 500, stable: 1_000))
        let counts = try await stage.queues.counts()
        #expect(counts[RingQueues.main]?.ready == 3_999)
        #expect(counts[RingQueues.explore]?.ready == 1_000)
        let dead = try await stage.queues.deadLetters(in: RingQueues.mainSQL, limit: 10)
        #expect(try dead.map(\.id) == [stage.hash(poison)])
        #expect(dead.first?.failures.allSatisfy { $0.error.contains("no sevens here") } == true, "\(dead)")
        #expect(try await stage.ledger.registered().count == 1)
    }
}
