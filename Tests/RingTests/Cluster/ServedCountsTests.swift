import Foundation
import HTTPClient
import LeaseQueue
import LocalStack
import Logging
import Pipeline
import RedisClient
import TestSupport
import Testing

@testable import ExplorationFile

#if canImport(Glibc)
    import Glibc
#endif

/// `atmos-scaler --serve`, as KEDA asks it.
@Suite("The counts that are served")
struct ServedCountsTests {
    /// Where a scaler serves counts, and where its health.
    private struct Place {
        let api: Endpoint
        let health: Endpoint

        func counts(_ path: String) async throws -> [String: Int] {
            let answer = try await api.ask(path)
            try #require(answer.status == 200, "\(answer)")
            return try JSONDecoder().decode([String: Int].self, from: Data(answer.text.utf8))
        }
    }

    /// Runs the scaler beside `body`, and ends it with SIGTERM.
    private func serving(
        _ stage: RoleFixture, _ arguments: [String] = [], _ body: (Place) async throws -> Void
    ) async throws {
        let ports = try FreePort.find(2)
        let (started, start) = AsyncStream<Int32>.makeStream()
        async let scaler = stage.role(
            "atmos-scaler", ["--serve", "\(ports[0])", "--health-port", "\(ports[1])"] + arguments
        ) { start.yield($0) }
        var processes = started.makeAsyncIterator()
        let process = try #require(await processes.next())
        try await body(Place(api: Endpoint(port: ports[0]), health: Endpoint(port: ports[1])))
        #expect(kill(process, SIGTERM) == 0)
        let ended = try await scaler
        #expect(ended.status == 143, "\(ended)")
    }

    /// A job of each priority, and one that is leased.
    private func fill(_ stage: RoleFixture) async throws {
        let jobs = (0...9).map { priority in
            Job(id: "\(priority)" + String(repeating: "a", count: 63), payload: [], priority: priority)
        }
        _ = try await stage.queues.enqueue(jobs, to: RingQueues.main)
        _ = try await stage.queues.lease(1, from: RingQueues.main, leaseTime: .seconds(600))
    }

    @Test("are of all priorities; what lacks is what is wanted without the workers that have work")
    func counts() async throws {
        let stage = try await RoleFixture(model: "true")
        try await fill(stage)
        let path = "/queues/\(stage.definition.name)/main"
        try await serving(stage, ["--maximum", "4"]) { place in
            #expect(
                try await place.counts(path) == [
                    "ready": 9, "delayed": 0, "leased": 1, "dead": 0, "outstanding": 10, "wanted": 4, "lacking": 3,
                ])
            let report = try await place.api.ask("/report")
            let entries = try JSONSerialization.jsonObject(with: Data(report.text.utf8)) as? [[String: Any]]
            #expect(report.status == 200 && entries?.first?["Ready"] as? Int == 9, "\(report)")
            #expect(try await place.health.ask("/healthz").status == 200)
            #expect(try await place.health.ask("/readyz").status == 200)
            #expect(try await place.health.ask("/metrics").status == 200)
        }
    }

    @Test("are where the ScaledJob of the manifests looks for them")
    func keda() async throws {
        let stage = try await RoleFixture(model: "true")
        try await fill(stage)
        let file = "\(#filePath)".replacing(#/Tests/.*/#, with: "k8s/components/keda/copy/scaled-job.yaml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let path = try #require(text.firstMatch(of: #/url: http://[^/]+(/\S+)/#)?.1)
        let location = try #require(text.firstMatch(of: /valueLocation: (\w+)/)?.1)
        try await serving(stage) { place in
            let counts = try await place.counts(String(path).replacing("/any/", with: "/\(stage.definition.name)/"))
            #expect(counts[String(location)] == 9)
        }
    }

    @Test("are of the queues that are served, and of nothing else")
    func unknown() async throws {
        let stage = try await RoleFixture(model: "true")
        let name = stage.definition.name
        try await serving(stage, ["--queue", "main|explore"]) { place in
            let explore = try await place.counts("/queues/\(name)/explore")
            #expect(explore["ready"] == 0)
            for path in [
                "/", "/queues", "/queues/\(name)", "/queues/\(name)/main_sql", "/queues/\(name)/no_such_queue",
                "/queues/no-such-exploration/main", "/queues/\(name)/main/ready", "/queues/\(name)/..%2f..%2fmain",
                "/reports", "/queues/\(name)/", "/queues//main",
            ] {
                let answer = try await place.api.ask(path)
                #expect(answer.status == 404, "\(path)")
            }
            let posted = try await place.api.ask("/queues/\(name)/main", .post)
            #expect(posted.status == 404)
            let main = try await place.counts("/queues/\(name)/main")
            #expect(main["wanted"] == 0)
        }
    }

    @Test("are refused, and not made up, while Redis does not answer")
    func unavailable() async throws {
        try await TestRedis.withPrivateServer { server in
            let stage = try await RoleFixture(model: "true", redis: server.url)
            let path = "/queues/\(stage.definition.name)/main"
            try await serving(stage) { place in
                #expect(try await place.api.ask(path).status == 200)
                let line = try await RedisConnection.connect(
                    to: RedisConfiguration(url: server.url),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                _ = try await line.send("ACL", "SETUSER", "default", "-evalsha", "-eval")
                let answer = try await place.api.ask(path)
                #expect(answer.status == 503 && !answer.text.isEmpty, "\(answer)")
                #expect(try await place.health.ask("/readyz").status == 503)
                #expect(try await place.health.ask("/healthz").status == 200)
                _ = try await line.send("ACL", "SETUSER", "default", "+@all")
                #expect(try await place.api.ask(path).status == 200)
                line.close()
            }
        }
    }

    @Test("a port that somebody else listens on is a wrong configuration")
    func taken() async throws {
        let stage = try await RoleFixture(model: "true")
        try await serving(stage) { place in
            _ = try await place.api.ask("/report")
            let second = try await stage.role("atmos-scaler", ["--serve", "\(place.api.port)"])
            #expect(second.status == 78 && second.errors.contains("cannot be listened on"), "\(second)")
        }
    }
}
