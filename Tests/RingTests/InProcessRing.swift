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
@testable import Simulation

/// A whole exploration inside the test process: the real roles, queues and ledger, in any number.
struct InProcessRing {
    let definition: ExplorationDefinition
    let queues: LeaseQueues
    let ledger: RunLedger
    private let redis: String
    private let database: String

    /// The ring with the fixture's connections.
    var ring: Ring { Ring(definition: definition, queues: queues, ledger: ledger, logger: .silent) }

    /// - Parameters:
    ///   - strategy: the value of `strategy:`, in braces.
    ///   - more: further lines of the file.
    init(strategy: String, reach: Int = 9, steps: Int = 40, more: String = "") async throws {
        // The namespace follows from the name, so each exploration needs a unique one.
        try await self.init(
            name: "ring-\(String(UInt64.random(in: 0 ... .max), radix: 36))",
            database: TestMariaDB.shared().makeDatabase(), strategy, reach, steps, more)
    }

    /// - Parameters:
    ///   - database: the URL of an existing database, with a user who may create its tables.
    ///   - roles: the URL of the same database, with the user of the roles.
    init(strategy: String, database: String, roles: String, more: String = "") async throws {
        let name = "ring-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let administrator = try await InProcessRing(name: name, database: database, strategy, 9, 40, more)
        await administrator.queues.close()
        await administrator.ledger.close()
        try await self.init(name: name, database: roles, strategy, 9, 40, more, creates: false)
    }

    /// Creates a fixture for the same exploration with a changed file.
    func changed(strategy: String, reach: Int = 9, steps: Int = 40, more: String = "") async throws -> InProcessRing {
        try await InProcessRing(name: definition.name, database: database, strategy, reach, steps, more)
    }

    private init(
        name: String, database: String, _ strategy: String, _ reach: Int, _ steps: Int, _ more: String,
        creates: Bool = true
    ) async throws {
        self.database = database
        definition = try DefinitionReader.read(
            text: """
                name: \(name)
                parameters:
                  - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -\(steps), maximum: \(steps)}}
                  - {name: y, kind: scalar, start: 0, axis: {step: 1, minimum: -\(steps), maximum: \(steps)}}
                constraints: ["x + y < \(reach)"]
                strategy: \(strategy)
                model:
                  adapter: synthetic
                  region: {centre: {x: 1, y: 0}, radius: {x: \(reach), y: \(reach - 2)}}
                run: {attempts: 50, lease_seconds: 2}
                \(more)
                """, file: "ring.yaml")
        redis = try await TestRedis.shared().url
        ledger = try await RunLedger.connect(LedgerConfiguration(url: database), logger: .silent)
        if creates {
            try await LedgerSetup(definition: definition, ledger: ledger, logger: .silent).prepare(creates: true)
        }
        queues = try await Self.connect(to: redis, definition, as: "test")
    }

    private static func connect(
        to redis: String, _ definition: ExplorationDefinition, as name: String, leaseTime: Duration = .seconds(1)
    ) async throws -> LeaseQueues {
        try await LeaseQueues.connect(
            to: RedisConfiguration(url: redis), namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy).map { queue in
                var queue = queue
                queue.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(10))
                // Tests that end a role wait for its leases to expire.
                queue.leaseTime = leaseTime
                return queue
            }, consumer: name, logger: .silent)
    }

    /// Opens a separate connection to the queues for one role.
    func connect(as name: String, leaseTime: Duration = .seconds(1)) async throws -> LeaseQueues {
        try await Self.connect(to: redis, definition, as: name, leaseTime: leaseTime)
    }

    /// Passes a session on the database, and the name of the exploration's table.
    func administrator(_ body: (MariaDBConnection, Identifier) throws -> Void) throws {
        try body(MariaDBConnection(LedgerConfiguration(url: database)), Identifier(checked: definition.table))
    }

    /// Opens separate sessions of the ledger for one role.
    func connectLedger() async throws -> RunLedger {
        try await RunLedger.connect(LedgerConfiguration(url: database), logger: .silent)
    }

    /// The number of processes of each role, and the duration of a run.
    struct RoleCounts: Sendable {
        var workers = 2
        var masters = 1
        var clients = 1
        /// In microseconds.
        var delay: ClosedRange<Int>?
    }

    /// Runs all roles for as long as `body` does.
    func withRoles(_ roles: RoleCounts = RoleCounts(), _ body: () async throws -> Void) async throws {
        let model = JitteryModel(
            model: try await definition.model.makeModel(in: definition), microseconds: roles.delay)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<roles.workers {
                group.addTask {
                    let name = ConsumerName(role: "worker-\(number)")
                    let queues = try await connect(as: "worker-\(number)")
                    let source = source(model, queues, name)
                    try await Worker(sources: [source], settings: Self.settings, logger: .silent).run()
                }
            }
            for number in 0..<roles.masters {
                group.addTask { try await runMaster("master-\(number)") }
            }
            for number in 0..<roles.clients {
                group.addTask {
                    let (queues, ledger) = (try await connect(as: "client-\(number)"), try await connectLedger())
                    try await SQLClient(
                        Ring(definition: definition, queues: queues, ledger: ledger, logger: .silent)
                    ).run()
                }
                group.addTask {
                    try await BudgetEnforcer(ring).run()
                }
            }
            try await body()
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
        }
    }

    static let settings = Worker.Settings(runFolder: "/nowhere")

    /// The source from which a worker runs points of this exploration.
    func source(_ model: any Model, _ queues: LeaseQueues, _ name: ConsumerName) -> WorkSource {
        WorkSource(
            definition: definition, model: model, artifacts: nil, queues: queues, name: name, settings: Self.settings,
            logger: .silent)
    }

    func runMaster(_ name: String) async throws {
        try await Master(
            Ring(definition: definition, queues: connect(as: name), ledger: connectLedger(), logger: .silent)
        ).run()
    }

    /// Starts the exploration and runs it to its end.
    func run(_ roles: RoleCounts = RoleCounts()) async throws {
        try await start()
        try await withRoles(roles) { try await untilFinished() }
    }

    func start() async throws {
        try await Starter(ring).run()
    }

    /// Waits until the exploration has ended.
    func untilFinished(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the exploration ends", within: .seconds(300), sourceLocation: sourceLocation) {
            try await queues.counts().isFinished
        }
    }

    /// The verdict of each point, or else its state, by code.
    func verdicts() async throws -> [String: String] {
        var verdicts: [String: String] = [:]
        let rows = try await ledger.runs(in: definition.table, columns: ["code", "verdict", "state"])
        while case let page = try await rows.next(), !page.isEmpty {
            for row in page { verdicts[row[0].textValue ?? "?"] = row[1].textValue ?? row[2].textValue }
        }
        return verdicts
    }

    /// The verdicts that the strategy finds without queues and ledger.
    func replayed(_ strategy: Strategy? = nil, from start: Point? = nil, batch: Int = 32) -> [String: String] {
        let start = start ?? definition.starts[0]
        let search = strategy.flatMap { $0.search(in: definition.space) } ?? definition.search
        var replay = SearchReplay(search, start: start, batch: batch) { point in
            let (x, y) = (point.values[0].doubleValue, point.values[1].doubleValue)
            guard case .synthetic(let region) = definition.model.adapter else { preconditionFailure() }
            let distance = ((x - region[0].centre) / region[0].radius, (y - region[1].centre) / region[1].radius)
            let square = distance.0 * distance.0 + distance.1 * distance.1
            return FinishedPoint(point: point, isStable: square <= 1, outputs: [square.squareRoot()])
        }
        var generator = SplitMix64(seed: 0)
        replay.run(generator: &generator)
        return Dictionary(
            uniqueKeysWithValues: replay.verdicts.map { ($0.key.code, $0.value ? "stable" : "unstable") })
    }
}

/// A model whose runs take a random time, so that they end in a different order each time.
struct JitteryModel: Model {
    let model: any Model
    let microseconds: ClosedRange<Int>?
    var willRun: @Sendable () -> Void = {}

    var name: String { model.name }
    var version: String { model.version }
    var outputs: [OutputDefinition] { model.outputs }
    var usesFiles: Bool { model.usesFiles }

    func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        willRun()
        if let microseconds { try await Task.sleep(for: .microseconds(Int.random(in: microseconds))) }
        return try await model.run(input, limits: limits, parent: parent, directory: directory)
    }
}
