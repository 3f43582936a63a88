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

/// An object store that answers one kind of request never: it only says that it was asked.
private struct SilentStore {
    /// A request that it is silent at.
    enum Stage: String, CaseIterable {
        case fetching = "GET"
        case uploading = "PUT"
    }

    let url: String
    let asked: AsyncStream<Void>

    static func run<Value: Sendable>(
        silentAt stage: Stage, _ body: @Sendable (SilentStore) async throws -> Value
    ) async throws -> Value {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
        await server.appendRoute("GET,PUT,HEAD,DELETE *") { request in
            if request.method.rawValue == stage.rawValue, !request.query.contains(where: { $0.name == "list-type" }) {
                ask.yield()
                try await Task.sleep(for: .seconds(3_600))
            }
            let isList = request.query.contains { $0.name == "list-type" }
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

@Suite("A worker that its machine is taken from")
struct PreemptionTests {
    private static let credentials = ["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"]

    /// Runs a worker, ends it with SIGTERM once `reached` returns, and expects it to leave as it should.
    private func terminate(
        _ stage: Stage, _ arguments: [String] = [], onceIn reached: @Sendable @escaping () async throws -> Void
    ) async throws {
        let ended = try await stage.role("atmos-worker", arguments, environment: Self.credentials) { process in
            Task {
                try await reached()
                kill(process, SIGTERM)
            }
        }
        #expect(ended.status == 143, "\(ended)")
    }

    /// What a worker is told that is for the point 1 alone, as in a Job for each point; nothing for one that takes any.
    private func arguments(_ stage: Stage, isForPoint: Bool) throws -> [String] {
        let point = try stage.definition.space.point(code: "1")
        return isForPoint ? ["--point", stage.definition.space.hash(of: point).description] : []
    }

    /// Expects the only point to be leased to somebody else, long before its lease runs out, as if for the first time.
    private func expectGivenBack(_ stage: Stage) async throws {
        let lease = try #require(
            try await stage.queues.lease(1, from: RingQueues.main, wait: .seconds(2)).leases.first)
        #expect(lease.attempt == 1)
        #expect(lease.deliveries == 2)
    }

    @Test("while it waits for work leaves at once")
    func waiting() async throws {
        let stage = try await Stage(model: "true")
        try await terminate(stage) {
            while try await stage.queues.report(of: RingQueues.main).consumers.isEmpty {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        #expect(try await stage.counts(of: RingQueues.main) == QueueCounts())
    }

    @Test(
        "while it fetches a warm start or uploads what a run left gives its point back, uncounted",
        arguments: SilentStore.Stage.allCases, [false, true])
    private func transferring(at step: SilentStore.Stage, isForPoint: Bool) async throws {
        try await SilentStore.run(silentAt: step) { store in
            let stage = try await Stage(
                model: "echo 1 > state.txt; echo '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json",
                leaseSeconds: 600, artifacts: ["state.txt"])
            try await stage.enqueue("1", parent: step == .fetching ? String(repeating: "ab", count: 32) : nil)
            let arguments = try arguments(stage, isForPoint: isForPoint) + ["--artifacts-url", store.url]
            try await terminate(stage, arguments) { for await _ in store.asked { return } }
            try await expectGivenBack(stage)
            #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 0)
        }
    }

    @Test("while its model runs ends the model and gives its point back, uncounted", arguments: [false, true])
    func running(isForPoint: Bool) async throws {
        let stage = try await Stage(model: "touch ../../begun; sleep 1000", leaseSeconds: 600)
        try await stage.enqueue("1")
        try await terminate(stage, arguments(stage, isForPoint: isForPoint)) {
            try await appearance(of: "begun", stage)
        }
        try await expectGivenBack(stage)
    }

    @Test("while it completes a point still completes it, once", arguments: [false, true])
    func completing(isForPoint: Bool) async throws {
        try await TestRedis.withPrivateServer { server in
            let stage = try await Stage(
                model: """
                    touch ../../begun; while [ ! -e ../../go ]; do sleep 0.01; done
                    echo '{"verdict": "stable", "outputs": {}}' > result.json; touch ../../over
                    """, leaseSeconds: 600, redis: server.url)
            try await stage.enqueue("1")
            let operatorLine = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await terminate(stage, arguments(stage, isForPoint: isForPoint)) {
                try await appearance(of: "begun", stage)
                // The completion is sent, and not answered before the worker has heard of its end.
                _ = try await operatorLine.send("CLIENT", "PAUSE", "2000", "ALL")
                _ = FileManager.default.createFile(atPath: path("go", stage), contents: nil)
                try await appearance(of: "over", stage)
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts())
            #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 1)
        }
    }
}

private func path(_ name: String, _ stage: Stage) -> String {
    stage.run.scratch.path.appending(name).string
}

/// Returns once a model has made a file.
private func appearance(of name: String, _ stage: Stage) async throws {
    while !FileManager.default.fileExists(atPath: path(name, stage)) { try await Task.sleep(for: .milliseconds(10)) }
}
