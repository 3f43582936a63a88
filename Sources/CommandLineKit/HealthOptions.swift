package import ArgumentParser
package import Health
package import LeaseQueue
package import Logging
internal import Metrics
internal import Pipeline
package import RunLedger
package import ServiceLifecycle
internal import Support

/// Where a role tells of its health.
package struct HealthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve /healthz, /readyz and /metrics (Prometheus) on this port (default: \(EnvironmentNames.healthPort), "
                + "else nowhere).",
            discussion: "They answer 200 where all is well and 503 where something is not, which their text names."))
    package var healthPort: UInt16?

    package init() {}

    /// The service that tells of a role's health; none where nobody asked for a port.
    ///
    /// To be called before the role begins, so that its figures are kept.
    /// - Throws: ``SettingError`` for a port that is none.
    package func services(_ health: Health, logger: Logger) async throws -> [any Service] {
        guard
            let text = try Settings.value(
                flag: healthPort.map(String.init), variable: EnvironmentNames.healthPort)
        else { return [] }
        guard let port = UInt16(text) else {
            throw SettingError(description: "\(EnvironmentNames.healthPort) is '\(text)', which is no port (0…65535)")
        }
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return [await HealthServer(health: health, metrics: metrics, port: port, logger: logger)]
    }
}

extension Health {
    /// The health of a role of the ring.
    ///
    /// - Parameters:
    ///   - heartbeat: what the role beats.
    ///   - ledger: the ledger that it writes to, if it does.
    package init(of heartbeat: Heartbeat, queues: LeaseQueues, ledger: RunLedger? = nil) {
        var checks = [Check("Redis") { _ = try await queues.counts() }]
        if let ledger { checks.append(Check("MariaDB") { _ = try await ledger.registered() }) }
        self.init(heartbeats: [heartbeat], checks: checks) {
            for queue in RingQueues.all { RingMetrics.record(queue, try await queues.report(of: queue)) }
        }
    }
}
