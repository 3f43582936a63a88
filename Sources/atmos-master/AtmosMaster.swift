internal import ArgumentParser
internal import Exploration
internal import Health
internal import LeaseQueue

@main
struct AtmosMaster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-master",
        abstract: "Finds the neighbours of stable points.",
        discussion: """
            Takes stable points from the queue explore and puts their neighbours on main_sql. It keeps no state: any \
            number of masters may run, and one may be killed at any moment. SIGTERM ends it in order.
            """)

    @OptionGroup var exploration: ExplorationOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos-master", log) { logger in
            let definition = try exploration.definition()
            let queues = try await redis.queues(of: definition, as: ConsumerName(role: "master"), logger: logger)
            let pulse = Pulse("loop", limit: RoleLoop.patience)
            let probes = try await health.services(Health(of: pulse, queues: queues), logger: logger)
            let master = Master(definition: definition, queues: queues, logger: logger, pulse: pulse)
            try await Program.serve([master] + probes, logger: logger)
            await queues.close()
            return .success
        }
    }
}
