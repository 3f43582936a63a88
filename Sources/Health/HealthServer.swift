internal import FlyingFox
internal import FlyingSocks
internal import FoundationEssentials
package import Logging
internal import ServiceLifecycle

/// Serves `/healthz`, `/readyz` and `/metrics` for Kubernetes' probes and for Prometheus.
///
/// `200` where all is well, `503` where something is not, with a line about each part.
package struct HealthServer: Service {
    private let server: HTTPServer
    private let port: UInt16
    private let logger: Logger

    /// - Parameters:
    ///   - port: to listen on, at all addresses; 0 for any that is free.
    ///   - metrics: the process's figures.
    package init(health: Health, metrics: PrometheusMetrics, port: UInt16, logger: Logger) async {
        self.port = port
        self.logger = logger
        server = HTTPServer(address: .inet6(port: port), logger: .disabled)
        await server.appendRoute("GET,HEAD /healthz") { _ in Self.response(health.liveness()) }
        await server.appendRoute("GET,HEAD /readyz") { _ in Self.response(await health.readiness()) }
        await server.appendRoute("GET,HEAD /metrics") { _ in
            await health.refreshed()
            return Self.response(.ok, metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    /// Serves until the graceful shutdown.
    ///
    /// - Throws: ``HealthError`` where the port cannot be listened on.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await server.run() }
        } catch is CancellationError {
        } catch let error as SocketError where !Task.isShuttingDownGracefully {
            throw HealthError(description: "port \(port) cannot be listened on for health probes: \(error)")
        } catch  where Task.isShuttingDownGracefully {
        }
    }

    /// The port that it listens on, once it does.
    package func listeningPort() async throws -> UInt16? {
        try await server.waitUntilListening()
        return switch await server.listeningAddress {
        case .ip4(_, let port), .ip6(_, let port): port
        default: nil
        }
    }

    private static func response(_ answer: Health.Answer) -> HTTPResponse {
        response(
            answer.isWell ? .ok : .serviceUnavailable, answer.lines.map { $0 + "\n" }.joined(),
            type: "text/plain; charset=utf-8")
    }

    private static func response(_ status: HTTPStatusCode, _ text: String, type: String) -> HTTPResponse {
        HTTPResponse(statusCode: status, headers: [.contentType: type], body: .init(text.utf8))
    }
}

/// Why a role's health cannot be served.
package struct HealthError: Error, CustomStringConvertible {
    package let description: String
}
