import FlyingFox
import FlyingSocks
import Foundation
import LeaseQueue
import LocalStack
import Logging
import ParameterSpace
import Pipeline
import RedisClient
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A worker that is terminated", .timeLimit(.minutes(10)))
struct PreemptionTests {
    private static let credentials = ["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"]

    /// Runs a worker, sends it SIGTERM once `reached` returns, and expects the exit status 143.
    private func terminate(
        _ fixture: RoleFixture, _ arguments: [String] = [], sourceLocation: SourceLocation = #_sourceLocation,
        onceIn reached: @Sendable @escaping () async throws -> Void
    ) async throws {
        let ended = try await fixture.role("atmos-worker", arguments, environment: Self.credentials) { process in
            Task {
                defer { kill(process, SIGTERM) }
                try await reached()
            }
        }
        #expect(ended.status == 143, "\(ended)", sourceLocation: sourceLocation)
    }

    /// The arguments of a worker for the point 1 alone, as in a Job for each point; none for a worker for any point.
    private func arguments(_ fixture: RoleFixture, isForPoint: Bool) throws -> [String] {
        try isForPoint ? ["--point", fixture.hash("1")] : []
    }

    /// Expects the only point to be available long before its lease expires, without a counted attempt.
    private func expectGivenBack(
        _ fixture: RoleFixture, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let lease = try #require(
            try await fixture.queues.lease(1, from: RingQueues.main, wait: .seconds(2)).leases.first,
            sourceLocation: sourceLocation)
        #expect(lease.attempt == 1, sourceLocation: sourceLocation)
        #expect(lease.deliveries == 2, sourceLocation: sourceLocation)
    }

    @Test("while it waits for work exits at once")
    func waitingWorker_exits() async throws {
        let fixture = try await RoleFixture(model: "true")
        try await terminate(fixture) {
            try await eventually("the worker waits for work", within: .seconds(120)) {
                try await !fixture.queues.report(of: RingQueues.main).consumers.isEmpty
            }
        }
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts())
    }

    @Test(
        "while it fetches a warm start or uploads the files of a run gives its point back, uncounted",
        arguments: SilentStore.Step.allCases, [false, true])
    private func transferringWorker_givesPointBack(at step: SilentStore.Step, isForPoint: Bool) async throws {
        try await SilentStore.run(silentAt: step) { store in
            let fixture = try await RoleFixture(
                model: "echo 1 > state.txt; \(RoleFixture.stableModel)", leaseSeconds: 600, artifacts: ["state.txt"])
            try await fixture.enqueue("1", parent: step == .fetching ? String(repeating: "ab", count: 32) : nil)
            let arguments =
                try arguments(fixture, isForPoint: isForPoint) + ["--artifacts-url", store.url, "--grace", "1s"]
            try await terminate(fixture, arguments) { for await _ in store.asked { return } }
            try await expectGivenBack(fixture)
            #expect(try await fixture.counts(of: RingQueues.completeStableSQL).ready == 0)
        }
    }

    @Test("while its model runs ends the model and gives its point back, uncounted", arguments: [false, true])
    func runningWorker_givesPointBack(isForPoint: Bool) async throws {
        let fixture = try await RoleFixture(model: "touch ../../begun; sleep 1000", leaseSeconds: 600)
        try await fixture.enqueue("1")
        try await terminate(fixture, arguments(fixture, isForPoint: isForPoint)) {
            try await fixture.waitForFile("begun")
        }
        try await expectGivenBack(fixture)
    }

    @Test("while it completes a point still completes it, once", arguments: [false, true])
    func completingWorker_completesPoint(isForPoint: Bool) async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await RoleFixture(
                model: """
                    touch ../../begun; while [ ! -e ../../go ]; do sleep 0.01; done
                    \(RoleFixture.stableModel); touch ../../over
                    """, leaseSeconds: 600, redis: server.url)
            try await fixture.enqueue("1")
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: .silent)
            try await terminate(fixture, arguments(fixture, isForPoint: isForPoint)) {
                try await fixture.waitForFile("begun")
                // The completion is sent, and not answered before the worker receives SIGTERM.
                _ = try await connection.send("CLIENT", "PAUSE", "5000", "ALL")
                try fixture.run.scratch.write("", to: "go")
                try await fixture.waitForFile("over")
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts())
            #expect(try await fixture.counts(of: RingQueues.completeStableSQL).ready == 1)
        }
    }
}

@Suite("A worker that loses its lease", .timeLimit(.minutes(10)))
struct LostLeaseTests {
    /// The first run takes long and creates a folder when it starts; the runs after it are short.
    private static let slowOnce = """
        if mkdir ../../first 2>/dev/null; then sleep 4; fi
        \(RoleFixture.stableModel)
        """

    /// Starts a worker and returns its process id once its model runs.
    private func startWorker(
        _ fixture: RoleFixture
    ) async throws -> (worker: Task<ProcessResult, any Error>, process: Int32) {
        let (processes, started) = AsyncStream.makeStream(of: Int32.self)
        let worker = Task {
            try await fixture.role("atmos-worker", ["--max-jobs", "1"]) { started.yield($0) }
        }
        let process = try #require(await processes.first { _ in true })
        try await fixture.waitForFile("first")
        return (worker, process)
    }

    @Test("while it is suspended is refused when it continues, and the result of the other worker counts")
    func suspendedWorker_isRefused() async throws {
        let fixture = try await RoleFixture(model: Self.slowOnce, leaseSeconds: 1)
        try await fixture.enqueue("1")
        let (first, process) = try await startWorker(fixture)
        #expect(kill(process, SIGSTOP) == 0)
        let second = try await fixture.role("atmos-worker", ["--max-jobs", "1"])
        #expect(second.status == 0, "\(second)")
        let result = try #require(
            try await fixture.queues.lease(2, from: RingQueues.completeStableSQL, wait: .seconds(10)).leases.first)
        #expect(kill(process, SIGCONT) == 0)
        let ended = try await first.value
        #expect(ended.status == 0, "\(ended)")

        let report = try await fixture.queues.report(of: RingQueues.main)
        #expect(report.counts == QueueCounts())
        #expect(report.lastHour.leased == 2)
        #expect(report.lastHour.crashed == 1)
        #expect(report.lastHour.completed == 1)
        #expect(try await fixture.counts(of: RingQueues.completeStableSQL) == QueueCounts(leased: 1))
        // The result carries the token of the newer lease.
        let payload = String(decoding: result.payload, as: UTF8.self)
        #expect(payload.contains("\"token\":\(try #require(result.originToken).rawValue)"), "\(payload)")
    }

    @Test("because it was killed with -9 leaves its point to others within the lease time and a second")
    func killedWorker_leavesPointToOthers() async throws {
        let fixture = try await RoleFixture(model: Self.slowOnce, leaseSeconds: 2)
        try await fixture.enqueue("1")
        let (worker, process) = try await startWorker(fixture)
        #expect(kill(process, SIGKILL) == 0)
        #expect(try await worker.value.status == 128 + SIGKILL)
        // No process extends the lease any more, so the server has its final deadline.
        let redis = try await RedisConnection.connect(to: RedisConfiguration(url: fixture.url), logger: .silent)
        let leases = try await redis.send(
            "ZRANGE", "{\(fixture.definition.namespace)}:main:leases", "0", "-1", "WITHSCORES")
        let expiry = try #require(leases.elements?.last?.number)
        // On a slow machine the lease may have expired before this test asks for the next one.
        let seconds = try #require(try await redis.send("TIME").elements?.first?.number)
        let next = try #require(
            try await fixture.queues.lease(1, from: RingQueues.main, wait: .seconds(60)).leases.first)
        // A token is the server's time in microseconds when the lease was given.
        let delay = Int(next.token.rawValue / 1000) - max(expiry, (seconds + 1) * 1000)
        #expect(Int(next.token.rawValue / 1000) >= expiry, "before the lease expired")
        #expect(delay <= 1000, "\(delay) ms after the lease expired")
        #expect(next.deliveries == 2)
        #expect(next.attempt == 1)
    }
}

/// An object store that never answers one kind of request, and reports that it has received one.
private struct SilentStore {
    /// The kind of request that is not answered.
    enum Step: String, CaseIterable {
        case fetching = "GET"
        case uploading = "PUT"
    }

    let url: String
    let asked: AsyncStream<Void>

    static func run<Value: Sendable>(
        silentAt step: Step, _ body: @Sendable (SilentStore) async throws -> Value
    ) async throws -> Value {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
        await server.appendRoute("GET,PUT,HEAD,DELETE *") { request in
            let isList = request.query.contains { $0.name == "list-type" }
            if request.method.rawValue == step.rawValue, !isList {
                ask.yield()
                try await Task.sleep(for: .seconds(3_600))
            }
            return HTTPResponse(
                statusCode: isList ? .ok : .notFound,
                body: Data("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>".utf8))
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            try await server.waitUntilListening()
            guard case .ip4(_, let port) = await server.listeningAddress else { throw CancellationError() }
            return try await body(
                SilentStore(
                    url: "s3://bucket/prefix?endpoint=http://127.0.0.1:\(port)&region=us-east-1&path_style=true",
                    asked: asked))
        }
    }
}
