import Logging
import RunLedger
import Support
import TestSupport

/// A ledger in a separate database, with one registered exploration.
struct LedgerFixture {
    static let schema = ExplorationSchema(
        name: "test-earth", table: "test_earth",
        parameters: [.init(name: "CO2", description: "mixing ratio"), .init(name: "CH4", description: "mixing ratio")],
        outputs: [.init(name: "surface_temperature", unit: "K"), .init(name: "surface_pressure", unit: "bar")],
        digest: "abc123", definition: "name: test-earth\n")

    static let table = schema.table

    let url: String
    let ledger: RunLedger

    init(schema: ExplorationSchema? = LedgerFixture.schema) async throws {
        url = try await TestMariaDB.shared().makeDatabase()
        ledger = try await Self.connect(url)
        try await ledger.migrate()
        if let schema { try await ledger.register(schema) }
    }

    /// Connects another ledger to the same database.
    func connectAgain() async throws -> RunLedger { try await Self.connect(url) }

    static func connect(_ url: String, createDatabase: Bool = false) async throws -> RunLedger {
        try await RunLedger.connect(
            LedgerConfiguration(url: url), createDatabase: createDatabase, logger: .silent)
    }
}

/// Records that are derived from a number.
enum Sample {
    /// The hash of the point with this number: evenly distributed, like real ones.
    static func hash(_ number: Int) -> [UInt8] {
        var generator = SplitMix64(seed: UInt64(number) &+ 1)
        return (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
    }

    static func point(_ number: Int, parent: [UInt8]? = nil) -> QueuedPoint {
        QueuedPoint(
            hash: hash(number), code: "0.\(number),1.63e-6", values: [Double(number) / 1000, 1.63e-6], parent: parent)
    }

    static func running(_ number: Int, token: UInt64 = 1, attempt: Int = 1) -> Attempt {
        Attempt(
            hash: hash(number), token: token, attempt: attempt, worker: "worker-\(token)", host: "host-\(token)",
            model: "column", modelVersion: "v\(token)", startedAt: 1_700_000_000_000_000 + Int64(token),
            pod: "pod-\(token)", node: "node-\(token)", explorationDigest: "abc123", softwareVersion: "1.\(token)")
    }

    static func released(_ number: Int, token: UInt64 = 1, attempt: Int = 1) -> ReleasedRecord {
        ReleasedRecord(
            attempt: running(number, token: token, attempt: attempt), endedAt: 1_700_000_001_000_000 + Int64(token))
    }

    static func failure(_ number: Int, token: UInt64 = 1, attempt: Int = 1) -> FailureRecord {
        FailureRecord(
            attempt: running(number, token: token, attempt: attempt), endedAt: 1_700_000_001_500_000 + Int64(token),
            kind: "signal", message: "ended by signal 11 under \(token)", logTail: "…last line \(token)",
            exitStatus: "signal 11", peakMemory: 1_234)
    }

    static func exhausted(_ number: Int, token: UInt64 = 1) -> ExhaustedRecord {
        ExhaustedRecord(hash: hash(number), token: token, message: "gave up at \(token)")
    }

    static func completed(
        _ number: Int, token: UInt64 = 1, attempt: Int = 1, verdict: Verdict = .stable,
        outputs: [Double?] = [287.5, 1.013]
    ) -> CompletedRecord {
        CompletedRecord(
            attempt: running(number, token: token, attempt: attempt), endedAt: 1_700_000_002_500_000 + Int64(token),
            verdict: verdict, outputs: outputs, iterations: 12, message: "settled", artifact: "file:///runs/\(number)",
            peakMemory: 12_345_678, logTail: "settled\n", exitStatus: "exit 0")
    }
}
