internal import ArgumentParser
internal import CommandLineKit
internal import Health
internal import LeaseQueue
internal import Pipeline
internal import RunLedger
internal import Support

@main
struct AtmosMaster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-master",
        abstract: "Finds the points that are wanted next.",
        discussion: """
            Takes finished points from the queue explore and puts those that follow from them on main_sql: by the \
            strategy flood, the neighbours of stable points. It keeps no state: any number of masters may run, and one \
            may be killed at any moment. SIGTERM ends it in order.

            MariaDB is asked by the strategies frontier and adaptive, and by flood with reexplore; otherwise its URL \
            need not be given.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos-master", log) { logger in
            let definition = try exploration.definition()
            let queues = try await redis.queues(of: definition, as: ConsumerName(role: "master"), logger: logger)
            var runs: RunLedger?
            if definition.masterReadsLedger {
                runs = try await RunLedger.connect(ledger.configuration(), logger: logger)
            }
            let heartbeat = Heartbeat("loop", limit: RoleLoop.patience)
            let probes = try await health.services(
                Health(of: heartbeat, queues: queues, ledger: runs), logger: logger)
            let master = Master(
                definition: definition, queues: queues, ledger: runs, logger: logger, heartbeat: heartbeat)
            try await Program.serve([master] + probes, logger: logger)
            await queues.close()
            await runs?.close()
            return .success
        }
    }
}
