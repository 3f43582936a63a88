package import ArgumentParser
package import ExplorationFile
package import LeaseQueue
package import Logging
package import Pipeline
package import RedisClient
package import RunLedger
internal import Support

/// The exploration that a role works for.
package struct ExplorationOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The exploration's YAML file (default: \(EnvironmentNames.exploration)).",
            discussion: "See config/explorations/ for examples."))
    package var file: String?

    package init() {}

    /// - Throws: ``SettingError`` or ``DefinitionError``.
    package func definition() throws -> ExplorationDefinition {
        let file = try Settings.required(
            flag: file, flagName: "a file", variable: EnvironmentNames.exploration, meaning: "the exploration's file")
        return try DefinitionReader.read(file: file)
    }
}

/// The explorations that a worker works for.
package struct ExplorationsOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The explorations' YAML files (default: the one that \(EnvironmentNames.exploration) names).",
            discussion: "See config/explorations/ for examples."))
    package var files: [String] = []

    package init() {}

    /// At least one; their names differ.
    ///
    /// - Throws: ``SettingError`` or ``DefinitionError``.
    package func definitions() throws -> [ExplorationDefinition] {
        guard files.count > 1 else {
            var one = ExplorationOptions()
            one.file = files.first
            return [try one.definition()]
        }
        let definitions = try files.map { try DefinitionReader.read(file: $0) }
        for (index, definition) in definitions.enumerated() {
            if let earlier = definitions[..<index].firstIndex(where: { $0.name == definition.name }) {
                throw SettingError(
                    description:
                        "\(files[earlier]) and \(files[index]) are both called '\(definition.name)'; give each "
                        + "exploration once")
            }
        }
        return definitions
    }
}

/// Where Redis is.
package struct RedisOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Redis: redis://HOST:PORT/DB, rediss://… for TLS, unix:///PATH or "
                + "redis+sentinel://HOST:PORT,…/SERVICE/DB (default: \(EnvironmentNames.redisURL)).",
            discussion: """
                For TLS, ?ca=FILE names the authorities to trust (default: those of this system), &cert=FILE&key=FILE a \
                client certificate and &server_name=NAME what the server's certificate must be made out to. \
                &connect_timeout=SECONDS and &command_timeout=SECONDS change how long to wait (5 and 10).
                A user stands before the host, as in redis://USER@HOST. Passwords come from \
                \(EnvironmentNames.redisPassword) and, for sentinels, \(EnvironmentNames.sentinelPassword), or from the \
                files that these names with _FILE at their end name.
                """))
    package var redisURL: String?

    package init() {}

    /// - Throws: ``SettingError`` or `RedisError`.
    package func configuration() throws -> RedisConfiguration {
        let url = try Settings.url(
            flag: redisURL, flagName: "--redis-url", variable: EnvironmentNames.redisURL,
            passwordVariable: EnvironmentNames.redisPassword, meaning: "the URL of Redis")
        var configuration = try RedisConfiguration(url: url)
        if let password = try Settings.value(variable: EnvironmentNames.redisPassword) {
            configuration.password = password
        }
        configuration.sentinelPassword = try Settings.value(variable: EnvironmentNames.sentinelPassword)
        return configuration
    }

    /// Connects to the queues of an exploration.
    package func queues(
        of definition: ExplorationDefinition, as name: ConsumerName, logger: Logger
    ) async throws -> LeaseQueues {
        try await LeaseQueues.connect(
            to: configuration(), namespace: definition.namespace,
            queues: RingQueues.configurations(for: definition.policy), consumer: name.description, logger: logger)
    }
}

/// Where MariaDB is.
package struct LedgerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "MariaDB or MySQL: mariadb://USER@HOST:PORT/DATABASE, with ?socket=PATH for a Unix socket, ?ssl_ca=PATH "
                + "for an encrypted and verified connection, ?connect_timeout=5&read_timeout=60&write_timeout=60 in "
                + "seconds (default: \(EnvironmentNames.mariaDBURL)).",
            discussion: "The password comes from \(EnvironmentNames.mariaDBPassword) or a file that "
                + "\(EnvironmentNames.mariaDBPassword)_FILE names."))
    package var mariadbURL: String?

    package init() {}

    /// - Throws: ``SettingError`` or `LedgerError`.
    package func configuration() throws -> LedgerConfiguration {
        let url = try Settings.url(
            flag: mariadbURL, flagName: "--mariadb-url", variable: EnvironmentNames.mariaDBURL,
            passwordVariable: EnvironmentNames.mariaDBPassword, meaning: "the URL of MariaDB")
        return try LedgerConfiguration(
            url: url, password: Settings.value(variable: EnvironmentNames.mariaDBPassword))
    }
}

/// What is logged, to standard error.
package struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical (default: \(EnvironmentNames.logLevel), else "
                + "info)."))
    package var logLevel: String?

    package init() {}

    /// - Throws: ``SettingError`` for a word that is no level.
    package func level(default standard: Logger.Level) throws -> Logger.Level {
        guard let word = try Settings.value(flag: logLevel, variable: EnvironmentNames.logLevel) else {
            return standard
        }
        guard let level = Logger.Level(rawValue: word.lowercased()) else {
            let words = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingError(description: "'\(word)' is no log level; the levels are \(words)")
        }
        return level
    }
}
