import Foundation
import LocalStack
import Logging
import RedisClient
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

private let isLong = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] != nil

@Suite("Reconciling ledger and queues", .serialized, .timeLimit(.minutes(20)))
struct ReconcileTests {
    /// Large enough to be interrupted before the end.
    private let plane = SyntheticPlane(reach: isLong ? 20 : 9)

    /// The output if there is nothing to repair.
    private let clean = "ledger and queues agree: there is nothing to repair\n"

    /// An exploration that has run a third of its points.
    private func interrupted(sourceLocation: SourceLocation = #_sourceLocation) async throws -> ExplorationFixture {
        let run = try ExplorationFixture(plane.yaml)
        let ended = try await run.explore(["--limit", "\(plane.expected.count / 3)"])
        try #require(ended.status == 0, "\(ended)", sourceLocation: sourceLocation)
        let known = try await run.verdicts(of: "plane").count
        try #require((1..<plane.expected.count).contains(known), sourceLocation: sourceLocation)
        return run
    }

    private func loseRedis(_ run: ExplorationFixture) throws {
        try FileManager.default.removeItem(atPath: run.data.appending("redis/appendonlydir").string)
    }

    @Test("after Redis lost its data lists, repairs, then finds nothing, and the exploration ends as it would have")
    func emptyRedis_isRepaired() async throws {
        let run = try await interrupted()
        #expect(try await run.read("reconcile", []).output == clean)
        try loseRedis(run)
        let listed = try await run.read("reconcile", ["--dry-run"])
        #expect(listed.status == 0, "\(listed)")
        #expect(listed.output.contains("would be queued again"), "\(listed)")
        let repaired = try await run.read("reconcile", [])
        #expect(repaired.status == 0, "\(repaired)")
        let (would, did) = (listed.output.split(separator: "\n").last, repaired.output.split(separator: "\n").last)
        #expect(would?.replacing("would be ", with: "") == did.map(String.init)?[...])
        #expect(try await run.read("reconcile", []).output == clean)
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("is done by explore itself on a folder whose Redis is empty", .enabled(if: isLong))
    func explore_repairsEmptyRedis() async throws {
        let run = try await interrupted()
        try loseRedis(run)
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.output.contains("the queues were empty"), "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
        #expect(try await run.read("reconcile", []).output == clean)
    }

    @Test("explore puts a damaged append-only file of Redis aside with one sentence, and ends with the same points")
    func damagedAppendOnlyFile_isPutAside() async throws {
        let run = try await interrupted()
        let folder = run.data.appending("redis/appendonlydir").string
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".aof") {
            let path = "\(folder)/\(name)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            // In the middle: Redis repairs a truncated end by itself. So much that a command is hit, not only a value.
            let part = bytes.count / 4
            bytes.replaceSubrange(2 * part..<3 * part, with: Data(repeating: 0x21, count: part))
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.errors.contains("append-only file of Redis damaged"), "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("after FLUSHALL during an exploration leads to the same end", .enabled(if: isLong))
    func flushedRedis_leadsToSameEnd() async throws {
        let run = try ExplorationFixture(plane.yaml)
        let redis = try RedisConfiguration(url: PrivateRedis(folder: run.data.appending("redis")).url)
        async let exploration = run.explore()
        try await run.waitForWorkers()
        let connection = try await RedisConnection.connect(to: redis, logger: .silent)
        for _ in 0..<3 {
            // At a random moment of its work.
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
            _ = try? await connection.send("FLUSHALL")
        }
        connection.close()
        let ended = try await exploration
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test(
        "after an older copy of the database was restored, with the queues kept or lost, leads to the same end",
        arguments: isLong ? [true, false] : [false])
    func restoredDatabase_leadsToSameEnd(keepsQueues: Bool) async throws {
        let run = try ExplorationFixture(plane.yaml)
        #expect(try await run.explore(["--limit", "40"]).status == 0)
        let copy = run.scratch.path.appending("copy.sql")
        try await run.database { socket in
            try await shell("mariadb-dump --socket '\(socket)' --user root --databases atmos > '\(copy)'")
        }
        #expect(try await run.explore(["--limit", "120"]).status == 0)
        try await run.database { socket in
            try await shell("mariadb --socket '\(socket)' --user root < '\(copy)'")
        }
        if !keepsQueues { try loseRedis(run) }
        #expect(try await run.verdicts(of: "plane").count == 40)
        let repaired = try await run.read("reconcile", [])
        #expect(repaired.status == 0, "\(repaired)")
        #expect(repaired.output != clean, "\(repaired)")
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
        let row = try await run.read(
            "query", ["--format", "csv", "SELECT COUNT(*), SUM(code IS NULL OR x IS NULL) FROM plane"])
        #expect(row.output.hasSuffix("\n\(plane.expected.count),0\n"), "\(row)")
    }

    @Test("while the ring runs queues nothing twice", .enabled(if: isLong))
    func runningRing_queuesNothingTwice() async throws {
        let run = try ExplorationFixture(plane.yaml)
        async let exploration = run.explore()
        var outputs: [String] = []
        try await run.waitForWorkers()
        for _ in 0..<3 {
            let ended = try await run.read("reconcile", [])
            if ended.status == 0 { outputs.append(ended.output) }
        }
        let ended = try await exploration
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
        let requeued = outputs.filter { !$0.hasPrefix("0 points queued again") && $0 != clean }
        #expect(requeued.isEmpty, "\(outputs)")
        let attempts = try await run.read(
            "query", ["--format", "csv", "SELECT COUNT(*) - COUNT(DISTINCT hash) FROM attempts"])
        #expect(attempts.output.hasSuffix("\n0\n"), "\(attempts)")
    }

    private func shell(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let result = try await Subprocess.run(
            .name("sh"), arguments: ["-c", command], output: .discarded, error: .string(limit: 4_096))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)", sourceLocation: sourceLocation)
    }
}
