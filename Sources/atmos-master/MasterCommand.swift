internal import ArgumentParser
internal import CommandLineKit
internal import Health
internal import Pipeline
internal import Support

@main
struct MasterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-master",
        abstract: "Find the points to run next.",
        discussion: """
            Takes finished points from the queue explore and puts the points that follow from them on main_sql. With \
            the strategy flood, these are the neighbours of stable points. It keeps no state: any number of masters \
            may run, and a master may be killed at any moment. SIGTERM stops it gracefully.

            The strategies frontier and adaptive, and flood with expand_known, read MariaDB. The others do not need \
            its URL.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationFileArgument
    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos-master", log) { logger in
            let definition = try exploration.definition()
            return try await withConnections { connections in
                let ring = try await connections.ring(
                    of: definition, redis: redis.configuration(),
                    ledger: definition.masterReadsLedger ? ledger.configuration() : nil, as: "master", logger: logger)
                let heartbeat = Heartbeat("loop", limit: RoleLoop.livenessLimit)
                let probes = try await health.services(
                    Health(of: heartbeat, queues: ring.queues, ledger: try? ring.ledger), logger: logger)
                try await Program.serve([Master(ring, heartbeat: heartbeat)] + probes, logger: logger)
                return .success
            }
        }
    }
}
