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

/// `atmos-scaler serve`, with the requests of KEDA.
@Suite("Served counts", .timeLimit(.minutes(2)))
struct ServedCountsTests {
    /// The ports of a scaler.
    private struct ServerFixture {
        let api: Endpoint
        let health: Endpoint

        func counts(_ path: String) async throws -> [String: Int] {
            let answer = try await api.ask(path)
            try #require(answer.status == 200, "\(answer)")
            return try JSONDecoder().decode([String: Int].self, from: Data(answer.text.utf8))
        }
    }

    /// Runs the scaler while `body` runs, and ends it with SIGTERM.
    private func serving(
        _ stage: RoleFixture, _ arguments: [String] = [], _ body: (ServerFixture) async throws -> Void
    ) async throws {
        let ports = try FreePort.find(2)
        let (started, start) = AsyncStream<Int32>.makeStream()
        async let scaler = stage.subcommand(
            "atmos-scaler", ["serve", "--port", "\(ports[0])", "--health-port", "\(ports[1])"] + arguments
        ) { start.yield($0) }
        var processes = started.makeAsyncIterator()
        let process = try #require(await processes.next())
        try await body(ServerFixture(api: Endpoint(port: ports[0]), health: Endpoint(port: ports[1])))
        #expect(kill(process, SIGTERM) == 0)
        let ended = try await scaler
        #expect(ended.status == 143, "\(ended)")
    }

    /// Enqueues a job of each priority, and leases one.
    private func fill(_ stage: RoleFixture) async throws {
        let jobs = (0...9).map { priority in
            Job(id: "\(priority)" + String(repeating: "a", count: 63), payload: [], priority: priority)
        }
        _ = try await stage.queues.enqueue(jobs, to: RingQueues.main)
        _ = try await stage.queues.lease(1, from: RingQueues.main, leaseTime: .seconds(600))
    }

    @Test("include all priorities; lacking are the wanted workers minus the busy ones")
    func counts_includeAllPriorities() async throws {
        let stage = try await RoleFixture(model: "true")
        try await fill(stage)
        let path = "/queues/\(stage.definition.name)/main"
        try await serving(stage, ["--maximum", "4"]) { fixture in
            #expect(
                try await fixture.counts(path) == [
                    "ready": 9, "delayed": 0, "leased": 1, "dead": 0, "outstanding": 10, "wanted": 4, "lacking": 3,
                ])
            let report = try await fixture.api.ask("/report")
            let entries = try JSONSerialization.jsonObject(with: Data(report.text.utf8)) as? [[String: Any]]
            #expect(report.status == 200, "\(report)")
            #expect(entries?.first?["ready"] as? Int == 9, "\(report)")
            #expect(entries?.first?["leased"] as? Int == 1, "\(report)")
            #expect(try await fixture.health.ask("/healthz").status == 200)
            #expect(try await fixture.health.ask("/readyz").status == 200)
            #expect(try await fixture.health.ask("/metrics").status == 200)
        }
    }

    @Test("are found at the URL of the manifests' ScaledJob")
    func counts_areFoundAtURLOfScaledJob() async throws {
        let stage = try await RoleFixture(model: "true")
        try await fill(stage)
        let file = "\(#filePath)".replacing(#/Tests/.*/#, with: "k8s/components/keda/copy/scaled-job.yaml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let path = try #require(text.firstMatch(of: #/url: http://[^/]+(/\S+)/#)?.1)
        let location = try #require(text.firstMatch(of: /valueLocation: (\w+)/)?.1)
        try await serving(stage) { fixture in
            let counts = try await fixture.counts(String(path).replacing("/any/", with: "/\(stage.definition.name)/"))
            #expect(counts[String(location)] == 9)
        }
    }

    @Test("are only of the served queues")
    func unknownPath_isNotFound() async throws {
        let stage = try await RoleFixture(model: "true")
        let name = stage.definition.name
        try await serving(stage, ["--queue", "main|explore"]) { fixture in
            let explore = try await fixture.counts("/queues/\(name)/explore")
            #expect(explore["ready"] == 0)
            for path in [
                "/", "/queues", "/queues/\(name)", "/queues/\(name)/main_sql", "/queues/\(name)/no_such_queue",
                "/queues/no-such-exploration/main", "/queues/\(name)/main/ready", "/queues/\(name)/..%2f..%2fmain",
                "/reports", "/queues/\(name)/", "/queues//main",
            ] {
                let answer = try await fixture.api.ask(path)
                #expect(answer.status == 404, "\(path)")
            }
            let posted = try await fixture.api.ask("/queues/\(name)/main", .post)
            #expect(posted.status == 404)
            let main = try await fixture.counts("/queues/\(name)/main")
            #expect(main["wanted"] == 0)
        }
    }

    @Test("are refused while Redis does not answer")
    func unavailableRedis_givesStatus503() async throws {
        try await TestRedis.withPrivateServer { server in
            let stage = try await RoleFixture(model: "true", redis: server.url)
            let path = "/queues/\(stage.definition.name)/main"
            try await serving(stage) { fixture in
                #expect(try await fixture.api.ask(path).status == 200)
                let connection = try await RedisConnection.connect(
                    to: RedisConfiguration(url: server.url), logger: .silent)
                _ = try await connection.send("ACL", "SETUSER", "default", "-evalsha", "-eval")
                let answer = try await fixture.api.ask(path)
                #expect(answer.status == 503, "\(answer)")
                #expect(!answer.text.isEmpty, "\(answer)")
                #expect(try await fixture.health.ask("/readyz").status == 503)
                #expect(try await fixture.health.ask("/healthz").status == 200)
                _ = try await connection.send("ACL", "SETUSER", "default", "+@all")
                #expect(try await fixture.api.ask(path).status == 200)
                connection.close()
            }
        }
    }

    @Test("a port in use is a wrong configuration")
    func portInUse_isRefused() async throws {
        let stage = try await RoleFixture(model: "true")
        try await serving(stage) { fixture in
            _ = try await fixture.api.ask("/report")
            // The command line of earlier releases.
            let second = try await stage.subcommand("atmos-scaler", ["--serve", "\(fixture.api.port)"])
            #expect(second.status == 78, "\(second)")
            #expect(second.errors.contains("cannot be listened on"), "\(second)")
        }
    }
}
