package import ArgumentParser
package import ExplorationFile
package import Health
package import LeaseQueue
package import Logging
internal import Metrics
package import Pipeline
package import RedisClient
package import RunLedger
package import ServiceLifecycle
internal import Support

/// The Redis server.
package struct RedisOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Connect to this Redis: redis://HOST:PORT/DB, rediss://… for TLS, unix:///PATH or "
                + "redis+sentinel://HOST:PORT,…/SERVICE/DB (default: \(EnvironmentNames.redisURL)).",
            discussion: """
                For TLS, ?ca=FILE names the authorities to trust (default: those of this system), &cert=FILE&key=FILE \
                a client certificate and &server_name=NAME the name that the server's certificate must carry. \
                &connect_timeout=SECONDS and &command_timeout=SECONDS set the time limits (5 and 10).
                A user name precedes the host, as in redis://USER@HOST. Passwords come from \
                \(EnvironmentNames.redisPassword) and, for sentinels, \(EnvironmentNames.sentinelPassword), or from \
                the files that \(EnvironmentNames.redisPassword)_FILE and \(EnvironmentNames.sentinelPassword)_FILE \
                name.
                """, valueName: "url"))
    package var redisURL: String?

    package init() {}

    /// - Throws: ``SettingError`` or `RedisError`.
    package func configuration() throws -> RedisConfiguration {
        let url = try EnvironmentSetting.url(
            flag: redisURL, flagName: "--redis-url", variable: EnvironmentNames.redisURL,
            passwordVariable: EnvironmentNames.redisPassword, meaning: "the URL of Redis")
        var configuration = try RedisConfiguration(url: url)
        if let password = try EnvironmentSetting.value(variable: EnvironmentNames.redisPassword) {
            configuration.password = password
        }
        configuration.sentinelPassword = try EnvironmentSetting.value(variable: EnvironmentNames.sentinelPassword)
        return configuration
    }

    /// Connects to the queues of an exploration. The caller closes the connection; see `withConnections`.
    package func queues(
        of definition: ExplorationDefinition, as name: ConsumerName, logger: Logger
    ) async throws -> LeaseQueues {
        try await LeaseQueues.connect(to: configuration(), of: definition, as: name, logger: logger)
    }
}

/// The MariaDB server.
package struct LedgerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Connect to this MariaDB or MySQL: mariadb://USER@HOST:PORT/DATABASE, with ?socket=PATH for a Unix socket, "
                + "?ssl_ca=PATH for an encrypted and verified connection, "
                + "?connect_timeout=5&read_timeout=60&write_timeout=60 in seconds (default: "
                + "\(EnvironmentNames.mariaDBURL)).",
            discussion: "The password comes from \(EnvironmentNames.mariaDBPassword), or from the file that "
                + "\(EnvironmentNames.mariaDBPassword)_FILE names.", valueName: "url"))
    package var mariadbURL: String?

    package init() {}

    /// - Throws: ``SettingError`` or `LedgerError`.
    package func configuration() throws -> LedgerConfiguration {
        let url = try EnvironmentSetting.url(
            flag: mariadbURL, flagName: "--mariadb-url", variable: EnvironmentNames.mariaDBURL,
            passwordVariable: EnvironmentNames.mariaDBPassword, meaning: "the URL of MariaDB")
        return try LedgerConfiguration(
            url: url, password: EnvironmentSetting.value(variable: EnvironmentNames.mariaDBPassword))
    }
}

/// The endpoint for a role's health and metrics.
package struct HealthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Serve /healthz, /readyz and /metrics (Prometheus) on this port (default: \(EnvironmentNames.healthPort), "
                + "else nowhere).",
            discussion: "They answer 200 if all is well and 503 if not, with a text that names what failed.",
            valueName: "port"))
    package var healthPort: UInt16?

    package init() {}

    /// The services that serve a role's health; none if no port was given.
    ///
    /// Call this before the role starts, so that its metrics are recorded from the beginning.
    ///
    /// - Parameter help: the sentences that explain the role's metrics, by their names.
    /// - Throws: ``SettingError`` for an invalid port.
    package func services(
        _ health: Health, help: [String: String] = RingMetrics.help, logger: Logger
    ) async throws -> [any Service] {
        guard
            let text = try EnvironmentSetting.value(
                flag: healthPort.map(String.init), variable: EnvironmentNames.healthPort)
        else { return [] }
        guard let port = UInt16(text) else {
            throw SettingError(
                description: "invalid port '\(text)' in \(EnvironmentNames.healthPort): expected 0 to 65535")
        }
        let metrics = PrometheusMetrics(help: help)
        MetricsSystem.bootstrap(metrics)
        return [await HealthServer(health: health, metrics: metrics, port: port, logger: logger)]
    }
}

extension Health {
    /// The health of a role of the ring.
    ///
    /// - Parameters:
    ///   - heartbeat: what the role beats.
    ///   - ledger: the ledger that the role uses, if it does.
    ///   - others: further conditions for readiness.
    package init(of heartbeat: Heartbeat, queues: LeaseQueues, ledger: RunLedger? = nil, others: [Check] = []) {
        var checks = [Check("Redis") { _ = try await queues.counts() }]
        if let ledger { checks.append(Check("MariaDB") { _ = try await ledger.registered() }) }
        self.init(heartbeats: [heartbeat], checks: checks + others) {
            for queue in RingQueues.all { RingMetrics.record(queue, try await queues.report(of: queue)) }
        }
    }
}
