import LeaseQueue
import LocalStack
import Pipeline
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("The health of a running role", .timeLimit(.minutes(10)))
struct RoleHealthTests {
    /// Runs a role with a health port while `body` runs, then ends it with SIGTERM.
    ///
    /// - Parameter status: the expected exit status.
    private func serving(
        _ fixture: RoleFixture, _ name: String, _ arguments: [String] = [], environment: [String: String] = [:],
        status: Int32, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Endpoint) async throws -> Void
    ) async throws {
        let port = try FreePort.find(1)[0]
        let (started, start) = AsyncStream<Int32>.makeStream()
        async let role = fixture.role(name, ["--health-port", "\(port)"] + arguments, environment: environment) {
            start.yield($0)
        }
        var processes = started.makeAsyncIterator()
        let process = try #require(await processes.next())
        try await body(Endpoint(port: port))
        #expect(kill(process, SIGTERM) == 0, sourceLocation: sourceLocation)
        let ended = try await role
        #expect(ended.status == status, "\(ended)", sourceLocation: sourceLocation)
    }

    private func metrics(_ endpoint: Endpoint) async throws -> [Substring] {
        try await endpoint.ask("/metrics").text.split(separator: "\n")
    }

    @Test("a sql-client that cannot reach MariaDB is alive but not ready; it exports metrics of queues and commits")
    func sqlClient_withoutLedger_isNotReady() async throws {
        try await TestMariaDB.withPrivateServer { server in
            let fixture = try await RoleFixture(model: "true")
            #expect(try await fixture.role("atmos-starter").status == 0)
            let ledger = ["ATMOS_MARIADB_URL": server.url]
            try await serving(fixture, "atmos-sql-client", ["--create"], environment: ledger, status: 0) { endpoint in
                _ = try await endpoint.wait(for: 200, at: "/readyz")
                try await eventually("the start point is ready", within: .seconds(120)) {
                    try await fixture.counts(of: RingQueues.main).ready > 0
                }
                let lines = try await metrics(endpoint)
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
                #expect(reason.contains("MariaDB: no answer"), "\(reason)")
                #expect(reason.contains("Redis: ok"), "\(reason)")
                #expect(try await endpoint.ask("/healthz").status == 200)
                #expect(kill(process, SIGCONT) == 0)
                _ = try await endpoint.wait(for: 200, at: "/readyz")
            }
        }
    }

    @Test("a worker exports metrics of its leases, and of the outcomes and durations of its runs")
    func worker_exportsMetrics() async throws {
        let fixture = try await RoleFixture(
            model: """
                touch ../../begun; while [ ! -e ../../go ]; do sleep 0.01; done
                \(RoleFixture.stableModel)
                """)
        try await fixture.enqueue("1")
        try await serving(fixture, "atmos-worker", status: 143) { endpoint in
            try await fixture.waitForFile("begun")
            #expect(try await metrics(endpoint).contains("atmos_leases_held 1"))
            #expect(try await endpoint.ask("/healthz").status == 200)
            try fixture.run.scratch.write("", to: "go")
            try await eventually("the run is completed", within: .seconds(120)) {
                try await fixture.counts(of: RingQueues.completeStableSQL).ready > 0
            }
            let lines = try await metrics(endpoint)
            for line in [
                "atmos_attempts_total{outcome=\"stable\"} 1", "atmos_run_duration_seconds_count{outcome=\"stable\"} 1",
            ] {
                #expect(lines.contains { $0 == line }, "\(line)")
            }
        }
    }
}
