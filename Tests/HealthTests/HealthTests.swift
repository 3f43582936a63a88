import CoreMetrics
import HTTPClient
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Health

@Suite("The health of a role")
struct HealthTests {
    private struct Missing: Error, CustomStringConvertible {
        let description = "the cellar is empty"
    }

    /// What is answered under the paths, as status and text.
    private func answers(
        _ health: Health, _ metrics: PrometheusMetrics = PrometheusMetrics(), to paths: [String]
    ) async throws -> [(status: Int, text: String)] {
        let server = await HealthServer(
            health: health, metrics: metrics, port: 0,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            let port = try #require(await server.listeningPort())
            let client = HTTPClient()
            var answers: [(Int, String)] = []
            for path in paths {
                let response = try await client.send(HTTPRequest(.get, "http://localhost:\(port)\(path)"))
                answers.append((response.head.status, String(decoding: response.body, as: UTF8.self)))
            }
            return answers
        }
    }

    @Test("is good while its pulses beat and its checks hold")
    func well() async throws {
        let health = Health(pulses: [Pulse("loop", limit: .seconds(60))], checks: [.init("Redis") {}])
        let answers = try await answers(health, to: ["/healthz", "/readyz", "/elsewhere"])
        #expect(answers.map(\.status) == [200, 200, 404])
        #expect(answers[0].text.hasPrefix("loop: well"))
        #expect(answers[1].text == "Redis: well\n")
    }

    @Test("is bad once a pulse is late, whatever the other does; and good again after its next beat")
    func late() async throws {
        let slow = Pulse("loop", limit: .zero)
        let health = Health(pulses: [slow, Pulse("leases", limit: .seconds(60))], checks: [])
        let answer = try await answers(health, to: ["/healthz"])[0]
        #expect(answer.status == 503)
        #expect(answer.text.contains("loop: stuck") && answer.text.contains("leases: well"))
        let beating = Pulse("loop", limit: .seconds(60))
        beating.beat()
        #expect(beating.age < .seconds(60))
    }

    @Test("is not ready where a check throws or does not answer, and says which")
    func unready() async throws {
        let health = Health(
            pulses: [],
            checks: [
                .init("Redis") {}, .init("MariaDB") { throw Missing() },
                .init("silence") { try await Task.sleep(for: .seconds(3_600)) },
            ])
        let answers = try await answers(health, to: ["/readyz", "/healthz"])
        #expect(answers.map(\.status) == [503, 200])
        #expect(
            answers[0].text == "Redis: well\nMariaDB: the cellar is empty\nsilence: no answer within 2.0 s\n")
    }

    @Test("is told in time though a check hangs that nothing can end; that is tried once at a time, and anew later")
    func hanging() async throws {
        let tries = Mutex(0)
        let hanging = Mutex<UnsafeContinuation<Void, Never>?>(nil)
        let health = Health(
            pulses: [],
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
        for answer in await [first, second] {
            #expect(!answer.isWell && answer.lines[0].hasPrefix("MariaDB: no answer"), "\(answer.lines)")
        }
        #expect(tries.withLock(\.self) == 1)
        hanging.withLock { $0?.resume() }
        while await !health.readiness().isWell {}
        #expect(tries.withLock(\.self) >= 2)
    }

    @Test("shows figures in Prometheus' text format, brought up to date for each reader")
    func figures() async throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "runs_total", dimensions: [("end", "stable")]).increment(by: 2)
        metrics.makeCounter(label: "runs_total", dimensions: [("end", "stable")]).increment(by: 1)
        metrics.makeCounter(label: "runs_total", dimensions: [("end", "a\"b\\c\nd")]).increment(by: 1)
        let timer = metrics.makeTimer(label: "run seconds", dimensions: [])
        timer.recordNanoseconds(2_000_000)
        timer.recordNanoseconds(40_000_000_000_000)
        let health = Health(pulses: [], checks: []) {
            metrics.makeRecorder(label: "depth", dimensions: [], aggregate: false).record(Int64(7))
            throw Missing()
        }
        let answer = try await answers(health, metrics, to: ["/metrics"])[0]
        #expect(answer.status == 200)
        let lines = answer.text.split(separator: "\n").map(String.init)
        for line in [
            "# TYPE depth gauge", "depth 7", "# TYPE runs_total counter", "runs_total{end=\"stable\"} 3",
            "runs_total{end=\"a\\\"b\\\\c\\nd\"} 1", "# TYPE run_seconds histogram",
            "run_seconds_bucket{le=\"0.001\"} 0", "run_seconds_bucket{le=\"0.003\"} 1",
            "run_seconds_bucket{le=\"+Inf\"} 2", "run_seconds_count 2", "run_seconds_sum 40000.002",
        ] { #expect(lines.contains(line), "\(line) in:\n\(answer.text)") }
    }
}
