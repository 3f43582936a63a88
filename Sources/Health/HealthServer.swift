internal import FlyingFox
internal import FlyingSocks
internal import FoundationEssentials
package import Logging
internal import ServiceLifecycle

/// Serves `/healthz`, `/readyz` and `/metrics` for Kubernetes' probes and for Prometheus.
///
/// The response has the status 200 if everything is healthy, else 503, and one line for each part.
package struct HealthServer: Service {
    private let server: HTTPServer
    private let port: UInt16
    private let logger: Logger

    /// - Parameters:
    ///   - metrics: the metrics of the process.
    ///   - port: the port on all addresses; 0 for a free one.
    package init(health: Health, metrics: PrometheusMetrics, port: UInt16, logger: Logger) async {
        self.port = port
        self.logger = logger
        server = HTTPServer(address: .inet6(port: port), logger: .disabled)
        await server.appendRoute("GET,HEAD /healthz") { _ in Self.response(health.liveness()) }
        await server.appendRoute("GET,HEAD /readyz") { _ in Self.response(await health.readiness()) }
        await server.appendRoute("GET,HEAD /metrics") { _ in
            await health.refresh()
            return Self.response(.ok, metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    /// Serves until the graceful shutdown.
    ///
    /// - Throws: ``HealthError`` if the port is not available.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await server.run() }
        } catch is CancellationError {
        } catch let error as SocketError where !Task.isShuttingDownGracefully {
            throw HealthError(description: "cannot listen on port \(port) for health probes: \(error)")
        } catch  where Task.isShuttingDownGracefully {
        }
    }

    /// Waits until the server listens, and returns its port.
    package func listeningPort() async throws -> UInt16? {
        try await server.waitUntilListening()
        return switch await server.listeningAddress {
        case .ip4(_, let port), .ip6(_, let port): port
        default: nil
        }
    }

    private static func response(_ report: Health.Report) -> HTTPResponse {
        response(
            report.isHealthy ? .ok : .serviceUnavailable, report.lines.map { $0 + "\n" }.joined(),
            type: "text/plain; charset=utf-8")
    }

    private static func response(_ status: HTTPStatusCode, _ text: String, type: String) -> HTTPResponse {
        HTTPResponse(statusCode: status, headers: [.contentType: type], body: .init(text.utf8))
    }
}

/// The error of a health server that cannot start.
package struct HealthError: Error, CustomStringConvertible {
    package let description: String
}
