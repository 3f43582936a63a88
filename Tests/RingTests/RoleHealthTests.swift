import Foundation
import LeaseQueue
import LocalStack
import Pipeline
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What the roles tell a cluster of themselves, as processes.
@Suite("The health of a role that runs")
struct RoleHealthTests {
    /// Runs a role with a health port beside `body`, and ends it with SIGTERM.
    ///
    /// - Parameter status: with which it leaves then.
    private func serving(
        _ stage: Stage, _ name: String, _ arguments: [String] = [], environment: [String: String] = [:],
        status: Int32, _ body: (Endpoint) async throws -> Void
    ) async throws {
        let port = try FreePort.find(1)[0]
        let (started, start) = AsyncStream<Int32>.makeStream()
        async let role = stage.role(name, ["--health-port", "\(port)"] + arguments, environment: environment) {
            start.yield($0)
        }
        var processes = started.makeAsyncIterator()
        let process = try #require(await processes.next())
        try await body(Endpoint(port: port))
        #expect(kill(process, SIGTERM) == 0)
        let ended = try await role
        #expect(ended.status == status, "\(ended)")
    }

    private func figures(_ endpoint: Endpoint) async throws -> [Substring] {
        try await endpoint.ask("/metrics").text.split(separator: "\n")
    }

    @Test("a sql-client that cannot reach MariaDB is not ready, but lives; it tells of queues and of its commits")
    func client() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let stage = try await Stage(model: "true")
            #expect(try await stage.role("atmos-starter").status == 0)
            let ledger = ["ATMOS_MARIADB_URL": server.url]
            try await serving(stage, "atmos-sql-client", ["--create"], environment: ledger, status: 0) { endpoint in
                _ = try await endpoint.wait(for: 200, at: "/readyz")
                while try await stage.counts(of: RingQueues.main).ready == 0 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let lines = try await figures(endpoint)
                for line in [
                    "atmos_queue_jobs{queue=\"main\",state=\"ready\"} 1",
                    "atmos_queue_jobs{queue=\"main\",state=\"dead\"} 0",
                    "atmos_ledger_batch_size_count{queue=\"main_sql\"} 1",
                    "atmos_ledger_batch_duration_seconds_count{queue=\"main_sql\"} 1",
                ] {
                    #expect(lines.contains { $0 == line }, "\(line)")
                }
                #expect(lines.contains { $0.hasPrefix("atmos_queue_oldest_ready_seconds{queue=\"main\"}") })

                let process = try #require(server.processIdentifier)
                #expect(kill(process, SIGSTOP) == 0)
                let reason = try await endpoint.wait(for: 503, at: "/readyz")
                #expect(reason.contains("MariaDB: no answer") && reason.contains("Redis: well"), "\(reason)")
                #expect(try await endpoint.ask("/healthz").status == 200)
                #expect(kill(process, SIGCONT) == 0)
                _ = try await endpoint.wait(for: 200, at: "/readyz")
            }
        }
    }

    @Test("a worker tells of the lease that it holds, and of how its runs end and how long they take")
    func worker() async throws {
        let stage = try await Stage(
            model: """
                touch ../../begun; while [ ! -e ../../go ]; do sleep 0.01; done
                echo '{"verdict": "stable", "outputs": {}}' > result.json
                """)
        func path(_ name: String) -> String { stage.run.scratch.path.appending(name).string }
        try await stage.enqueue("1")
        try await serving(stage, "atmos-worker", status: 143) { endpoint in
            while !FileManager.default.fileExists(atPath: path("begun")) {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try await figures(endpoint).contains("atmos_leases_held 1"))
            #expect(try await endpoint.ask("/healthz").status == 200)
            #expect(FileManager.default.createFile(atPath: path("go"), contents: nil))
            while try await stage.counts(of: RingQueues.completeStableSQL).ready == 0 {
                try await Task.sleep(for: .milliseconds(20))
            }
            let lines = try await figures(endpoint)
            for line in [
                "atmos_attempts_total{outcome=\"stable\"} 1", "atmos_run_duration_seconds_count{outcome=\"stable\"} 1",
            ] {
                #expect(lines.contains { $0 == line }, "\(line)")
            }
        }
    }
}
