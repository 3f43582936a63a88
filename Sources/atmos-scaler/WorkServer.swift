internal import CommandLineKit
internal import FlyingFox
internal import FlyingSocks
internal import FoundationEssentials
internal import Health
internal import LeaseQueue
internal import Logging
internal import Scaler
internal import ServiceLifecycle
internal import Support

/// Serves the counts of queues as JSON, for KEDA's `metrics-api` and whoever else scales by them.
struct WorkServer: Service {
    /// What is served of a queue.
    private struct Counts: Encodable {
        let ready, delayed, leased, dead, outstanding: Int
        /// How many pods there should be, by the scaler's own policy.
        let wanted: Int
        /// How many of them have no work yet.
        let lacking: Int
    }

    private let reader: WorkReader
    private let server: HTTPServer
    private let port: UInt16

    init(reader: WorkReader, policy: ScalingPolicy, port: UInt16) async {
        self.reader = reader
        self.port = port
        server = HTTPServer(address: .inet6(port: port), logger: .disabled)
        await server.appendRoute("GET,HEAD /report") { _ in
            await Self.answer { try QueueWork.json(await reader.read()) }
        }
        await server.appendRoute("GET,HEAD /queues/:exploration/:queue") { request in
            let parts = (request.routeParameters["exploration"] ?? "", request.routeParameters["queue"] ?? "")
            return await Self.answer {
                let work = try await reader.read().first { ($0.exploration, $0.queue.rawValue) == parts }
                guard let work else { return nil }
                let counts = work.report.counts
                let json = try JSONEncoder().encode(
                    Counts(
                        ready: counts.ready, delayed: counts.delayed, leased: counts.leased, dead: counts.dead,
                        outstanding: work.load.outstanding, wanted: work.decision(policy).wanted,
                        lacking: work.lacking(policy)))
                return String(decoding: json, as: UTF8.self) + "\n"
            }
        }
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// Of its health there is nothing to say but whether it answers, and whether Redis does: it has no loop of its own.
    /// - Throws: `SettingError` where the port cannot be listened on.
    func serve(health: HealthOptions, logger: Logger) async throws -> ExitStatus {
        let probes = try await health.services(
            Health(heartbeats: [], checks: [.init("Redis") { _ = try await reader.read() }]), logger: logger)
        try await Program.serve([self] + probes, logger: logger)
        return .terminated
    }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await server.run() }
        } catch is CancellationError {
        } catch let error as SocketError where !Task.isShuttingDownGracefully {
            throw SettingError(description: "port \(port) cannot be listened on: \(error)")
        } catch  where Task.isShuttingDownGracefully {
        }
    }

    private static func answer(_ body: () async throws -> String?) async -> HTTPResponse {
        do {
            guard let json = try await body() else {
                return response(.notFound, "no such exploration or queue is served here\n", "text/plain; charset=utf-8")
            }
            return response(.ok, json, "application/json")
        } catch {
            // Redis did not answer. Whoever scales keeps what there is when it gets no counts.
            return response(.serviceUnavailable, "\(error)\n", "text/plain; charset=utf-8")
        }
    }

    private static func response(_ status: HTTPStatusCode, _ text: String, _ type: String) -> HTTPResponse {
        HTTPResponse(statusCode: status, headers: [.contentType: type], body: Data(text.utf8))
    }
}
