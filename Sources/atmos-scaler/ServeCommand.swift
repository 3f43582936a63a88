internal import ArgumentParser
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

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve counts as JSON under /queues/EXPLORATION/QUEUE, and the report under /report, until SIGTERM.")

    @Option(help: "Listen on this port.")
    var port: UInt16

    @OptionGroup var queues: QueueOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            let policy = try policy.policy()
            return try await queues.withReader(logger: logger) { reader in
                let server = await QueueReportServer(reader: reader, policy: policy, port: port)
                // It has no loop: it is healthy if it answers, and ready if Redis does.
                let probes = try await health.services(
                    Health(heartbeats: [], checks: [.init("Redis") { _ = try await reader.read() }]),
                    help: ScalerMetrics.help,
                    logger: logger)
                try await Program.serve([server] + probes, logger: logger)
                return .terminated
            }
        }
    }
}

/// Serves the counts of queues as JSON, for KEDA's `metrics-api` and other scalers.
struct QueueReportServer: Service {
    /// The counts of a queue.
    private struct Counts: Encodable {
        let ready, delayed, leased, dead, outstanding: Int
        /// The number of pods that there should be according to the scaler's policy.
        let wanted: Int
        /// The number of wanted pods minus the workers that hold leases.
        let lacking: Int
    }

    private let reader: QueueReportReader
    private let server: HTTPServer
    private let port: UInt16

    init(reader: QueueReportReader, policy: ScalingPolicy, port: UInt16) async {
        self.reader = reader
        self.port = port
        server = HTTPServer(address: .inet6(port: port), logger: .disabled)
        await server.appendRoute("GET,HEAD /report") { _ in
            await Self.answer { try QueueReportEntry.json(await reader.read()) }
        }
        await server.appendRoute("GET,HEAD /queues/:exploration/:queue") { request in
            let parts = (request.routeParameters["exploration"] ?? "", request.routeParameters["queue"] ?? "")
            return await Self.answer {
                let entry = try await reader.read().first { ($0.exploration, $0.queue.rawValue) == parts }
                guard let entry else { return nil }
                let counts = entry.report.counts
                let json = try JSONEncoder().encode(
                    Counts(
                        ready: counts.ready, delayed: counts.delayed, leased: counts.leased, dead: counts.dead,
                        outstanding: entry.load.outstanding, wanted: entry.decision(policy).wanted,
                        lacking: entry.missingWorkers(policy)))
                return String(decoding: json, as: UTF8.self) + "\n"
            }
        }
    }

    /// Serves until a graceful shutdown.
    ///
    /// - Throws: `SettingError` if the port cannot be listened on.
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
                return response(.notFound, "unknown exploration or queue\n", "text/plain; charset=utf-8")
            }
            return response(.ok, json, "application/json")
        } catch {
            // Redis did not answer. Without counts, other scalers keep their workers.
            return response(.serviceUnavailable, "\(error)\n", "text/plain; charset=utf-8")
        }
    }

    private static func response(_ status: HTTPStatusCode, _ text: String, _ type: String) -> HTTPResponse {
        HTTPResponse(statusCode: status, headers: [.contentType: type], body: Data(text.utf8))
    }
}
