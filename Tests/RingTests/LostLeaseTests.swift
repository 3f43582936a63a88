import Foundation
import LeaseQueue
import Logging
import Pipeline
import RedisClient
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A worker that loses its lease")
struct LostLeaseTests {
    /// The first run takes long, and says so; those after it are short.
    private static let slowOnce = """
        if mkdir ../../first 2>/dev/null; then sleep 4; fi
        echo '{"verdict": "stable", "outputs": {}}' > result.json
        """

    /// Starts a worker and returns its process id once its model runs.
    private func begin(_ stage: Stage) async throws -> (worker: Task<Ended, any Error>, process: Int32) {
        let (processes, started) = AsyncStream.makeStream(of: Int32.self)
        let worker = Task {
            try await stage.role("atmos-worker", ["--max-jobs", "1"]) { started.yield($0) }
        }
        let process = try #require(await processes.first { _ in true })
        let first = stage.run.scratch.path.appending("first").string
        while !FileManager.default.fileExists(atPath: first) { try await Task.sleep(for: .milliseconds(10)) }
        return (worker, process)
    }

    @Test("because it was stopped for longer than that is refused when it goes on, and the other one's result counts")
    func stopped() async throws {
        let stage = try await Stage(model: Self.slowOnce, leaseSeconds: 1)
        try await stage.enqueue("1")
        let (first, process) = try await begin(stage)
        #expect(kill(process, SIGSTOP) == 0)
        let second = try await stage.role("atmos-worker", ["--max-jobs", "1"])
        #expect(second.status == 0, "\(second)")
        let result = try #require(
            try await stage.queues.lease(2, from: RingQueues.completeStableSQL, wait: .seconds(10)).leases.first)
        #expect(kill(process, SIGCONT) == 0)
        let ended = try await first.value
        #expect(ended.status == 0, "\(ended)")

        let report = try await stage.queues.report(of: RingQueues.main)
        #expect(report.counts == QueueCounts())
        #expect(report.lastHour.leased == 2 && report.lastHour.crashed == 1 && report.lastHour.completed == 1)
        #expect(try await stage.counts(of: RingQueues.completeStableSQL) == QueueCounts(leased: 1))
        // The result is of the newer lease: it carries its token.
        let payload = String(decoding: result.payload, as: UTF8.self)
        #expect(payload.contains("\"token\":\(try #require(result.originToken).rawValue)"), "\(payload)")
    }

    @Test("because it was killed with -9 leaves its point to others within the lease time and a second")
    func killed() async throws {
        let stage = try await Stage(model: Self.slowOnce, leaseSeconds: 2)
        try await stage.enqueue("1")
        let (worker, process) = try await begin(stage)
        #expect(kill(process, SIGKILL) == 0)
        #expect(try await worker.value.status == 128 + SIGKILL)
        // Nobody extends the lease any more: the server knows when it runs out.
        let redis = try await RedisConnection.connect(
            to: RedisConfiguration(url: stage.url), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let leases = try await redis.send(
            "ZRANGE", "{\(stage.definition.namespace)}:main:leases", "0", "-1", "WITHSCORES")
        let expiry = try #require(leases.elements?.last?.number)
        let next = try #require(
            try await stage.queues.lease(1, from: RingQueues.main, wait: .seconds(60)).leases.first)
        // A token is the server's time in microseconds when the lease was given.
        let late = Int(next.token.rawValue / 1000) - expiry
        #expect(late >= 0 && late <= 1000, "\(late) ms after the lease ran out")
        #expect(next.deliveries == 2 && next.attempt == 1)
    }
}
