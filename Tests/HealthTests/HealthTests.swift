import CoreMetrics
import HTTPClient
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Health

@Suite("The health of a role")
struct HealthTests {
    private struct NoTables: Error, CustomStringConvertible {
        let description = "no tables"
    }

    /// Requests the paths and returns the status and the text of each response.
    private func responses(
        _ health: Health, _ metrics: PrometheusMetrics = PrometheusMetrics(help: [:]), to paths: [String]
    ) async throws -> [(status: Int, text: String)] {
        let server = await HealthServer(
            health: health, metrics: metrics, port: 0, logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            let port = try #require(await server.listeningPort())
            let client = HTTPClient()
            var responses: [(Int, String)] = []
            for path in paths {
                let response = try await client.send(HTTPRequest(.get, "http://localhost:\(port)\(path)"))
                responses.append((response.head.status, String(decoding: response.body, as: UTF8.self)))
            }
            return responses
        }
    }

    @Test("is ok while its heartbeats are recent and its checks pass")
    func recentHeartbeat_isHealthy() async throws {
        let health = Health(heartbeats: [Heartbeat("loop", limit: .seconds(60))], checks: [.init("Redis") {}])
        let responses = try await responses(health, to: ["/healthz", "/readyz", "/elsewhere"])
        #expect(responses.map(\.status) == [200, 200, 404])
        #expect(responses[0].text.hasPrefix("loop: ok"))
        #expect(responses[1].text == "Redis: ok\n")
    }

    @Test("is stale if one heartbeat is late, and ok again after its next beat")
    func lateHeartbeat_isStale() async throws {
        let slow = Heartbeat("loop", limit: .zero)
        let health = Health(heartbeats: [slow, Heartbeat("leases", limit: .seconds(60))], checks: [])
        let response = try await responses(health, to: ["/healthz"])[0]
        #expect(response.status == 503)
        #expect(response.text.contains("loop: stale"))
        #expect(response.text.contains("leases: ok"))
        let beating = Heartbeat("loop", limit: .seconds(60))
        beating.beat()
        #expect(beating.age < .seconds(60))
    }

    @Test("is not ready if a check throws or does not answer, and names it")
    func failingCheck_isNotReady() async throws {
        let health = Health(
            heartbeats: [],
            checks: [
                .init("Redis") {}, .init("MariaDB") { throw NoTables() },
                .init("silence") { try await Task.sleep(for: .seconds(3_600)) },
            ])
        let responses = try await responses(health, to: ["/readyz", "/healthz"])
        #expect(responses.map(\.status) == [503, 200])
        #expect(responses[0].text == "Redis: ok\nMariaDB: no tables\nsilence: no answer within 2 s\n")
    }

    @Test("is reported in time although a check hangs; the check runs once at a time and is repeated later")
    func hangingCheck_isReportedInTime() async throws {
        let tries = Mutex(0)
        let hanging = Mutex<UnsafeContinuation<Void, Never>?>(nil)
        let health = Health(
            heartbeats: [],
            checks: [
                .init("MariaDB") {
                    let isFirst = tries.withLock { tries in
                        tries += 1
                        return tries == 1
                    }
                    guard isFirst else { return }
                    await withUnsafeContinuation { continuation in hanging.withLock { $0 = continuation } }
                }
            ])
        async let first = health.readiness()
        async let second = health.readiness()
        for report in await [first, second] {
            #expect(!report.isHealthy)
            #expect(report.lines[0].hasPrefix("MariaDB: no answer"), "\(report.lines)")
        }
        #expect(tries.withLock(\.self) == 1)
        hanging.withLock { $0?.resume() }
        try await eventually("the check passes") { await health.readiness().isHealthy }
        #expect(tries.withLock(\.self) >= 2)
    }

    @Test("includes metrics in Prometheus' text format, updated for each request")
    func metrics_areUpdatedAndWritten() async throws {
        let metrics = PrometheusMetrics(help: ["runs_total": "Runs by outcome,\nwith C:\\."])
        metrics.makeCounter(label: "runs_total", dimensions: [("outcome", "stable")]).increment(by: 2)
        metrics.makeCounter(label: "runs_total", dimensions: [("outcome", "stable")]).increment(by: 1)
        metrics.makeCounter(label: "runs_total", dimensions: [("outcome", "a\"b\\c\nd")]).increment(by: 1)
        let timer = metrics.makeTimer(label: "run seconds", dimensions: [])
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(40_000_000_000_000)
        let health = Health(heartbeats: [], checks: []) {
            metrics.makeRecorder(label: "depth", dimensions: [], aggregate: false).record(Int64(7))
            throw NoTables()
        }
        let response = try await responses(health, metrics, to: ["/metrics"])[0]
        #expect(response.status == 200)
        let lines = response.text.split(separator: "\n").map(String.init)
        for line in [
            "# TYPE depth gauge", "depth 7", "# HELP runs_total Runs by outcome,\\nwith C:\\\\.",
            "# TYPE runs_total counter",
            "runs_total{outcome=\"stable\"} 3", "runs_total{outcome=\"a\\\"b\\\\c\\nd\"} 1",
            "# TYPE run_seconds histogram",
            "run_seconds_bucket{le=\"0.001\"} 0", "run_seconds_bucket{le=\"0.003\"} 1",
            "run_seconds_bucket{le=\"+Inf\"} 2", "run_seconds_count 2", "run_seconds_sum 40000.002",
        ] { #expect(lines.contains(line), "\(line) in:\n\(response.text)") }
    }
}
