internal import ArgumentParser
internal import Exploration
internal import LeaseQueue

@main
struct AtmosStarter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-starter",
        abstract: "Puts the start points of an exploration into the ring.",
        discussion: """
            The first role of an exploration: its start points go to the queue main_sql, and from there, by \
            atmos-sql-client, into the ledger and on to the workers. A plan of points (grid, sobol, latin-hypercube, \
            list) and an adaptive search begin as a job on the queue explore. Doing it again changes nothing.
            """)

    @OptionGroup var exploration: ExplorationOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos-starter", log) { logger in
            let definition = try exploration.definition()
            let queues = try await redis.queues(of: definition, as: ConsumerName(role: "starter"), logger: logger)
            try await Starter(definition: definition, queues: queues, logger: logger).run()
            await queues.close()
            return .success
        }
    }
}
