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

@Suite("Reconciling ledger and queues", .serialized)
struct ReconcileTests {
    /// Large enough to be interrupted in the middle of it.
    private let plane = SyntheticPlane(reach: Self.isLong ? 20 : 9)

    /// The exploration as Ctrl-C left it in the middle.
    /// An exploration that has run some of its points, while others wait.
    private func interrupted() async throws -> LocalRun {
        let run = try LocalRun(plane.yaml)
        let ended = try await run.explore(["--limit", "\(plane.expected.count / 3)"])
        try #require(ended.status == 0, "\(ended)")
        let known = try await run.verdicts(of: "plane").count
        try #require(0 < known && known < plane.expected.count)
        return run
    }

    private func loseRedis(_ run: LocalRun) throws {
        try FileManager.default.removeItem(atPath: run.data.appending("redis/appendonlydir").string)
    }

    @Test("a wiped Redis: reconcile lists, repairs, then finds nothing, and the exploration ends as it would have")
    func wiped() async throws {
        let run = try await interrupted()
        #expect(try await run.read("reconcile", []).output == clean)
        try loseRedis(run)
        let listed = try await run.read("reconcile", ["--dry-run"])
        #expect(listed.status == 0 && listed.output.contains("would be queued again"), "\(listed)")
        let repaired = try await run.read("reconcile", [])
        #expect(repaired.status == 0, "\(repaired)")
        let (would, did) = (listed.output.split(separator: "\n").last, repaired.output.split(separator: "\n").last)
        #expect(would?.replacing("would be ", with: "") == did.map(String.init)?[...])
        #expect(try await run.read("reconcile", []).output == clean)
        #expect(try await run.explore().status == 0)
        #expect(try await run.verdicts(of: "plane") == plane.expected)
    }

    @Test("explore on a folder whose Redis is empty repairs it by itself", .enabled(if: Self.isLong))
    func exploreRepairs() async throws {
        let run = try await interrupted()
        try loseRedis(run)
        let ended = try await run.explore()
        #expect(ended.status == 0 && ended.output.contains("the queues were empty"), "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
        #expect(try await run.read("reconcile", []).output == clean)
    }

    @Test("FLUSHALL in the middle of an exploration changes nothing of its end", .enabled(if: Self.isLong))
    func flushed() async throws {
        let run = try LocalRun(plane.yaml)
        let redis = try RedisConfiguration(url: PrivateRedis(folder: run.data.appending("redis")).url)
        async let exploration = run.explore()
        while !FileManager.default.fileExists(atPath: run.data.appending("logs/worker-1.log").string) {
            try await Task.sleep(for: .milliseconds(10))
        }
        let connection = try await RedisConnection.connect(to: redis, logger: Logger(label: "test"))
        for _ in 0..<3 {
            // At any moment of its work.
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
        "an older copy of the database, with the queues kept or lost, ends with the same points and verdicts",
        arguments: Self.isLong ? [true, false] : [false])
    func restored(keepsQueues: Bool) async throws {
        let run = try LocalRun(plane.yaml)
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
        #expect(repaired.status == 0 && repaired.output != clean, "\(repaired)")
        let ended = try await run.explore()
        #expect(ended.status == 0, "\(ended)")
        #expect(try await run.verdicts(of: "plane") == plane.expected)
        let row = try await run.read(
            "query", ["--format", "csv", "SELECT COUNT(*), SUM(code IS NULL OR x IS NULL) FROM plane"])
        #expect(row.output.hasSuffix("\n\(plane.expected.count),0\n"), "\(row)")
    }

    @Test("a reconcile while the ring runs queues nothing twice", .enabled(if: Self.isLong))
    func whileRunning() async throws {
        let run = try LocalRun(plane.yaml)
        async let exploration = run.explore()
        var outputs: [String] = []
        while !FileManager.default.fileExists(atPath: run.data.appending("logs/worker-1.log").string) {
            try await Task.sleep(for: .milliseconds(20))
        }
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

    private static let isLong = ProcessInfo.processInfo.environment["ATMOS_LONG_TESTS"] != nil

    private let clean = "ledger and queues agree: there is nothing to repair\n"

    private func shell(_ command: String) async throws {
        let result = try await Subprocess.run(
            .name("sh"), arguments: ["-c", command], output: .discarded, error: .string(limit: 4_096))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    }
}
