internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Pipeline
internal import RunLedger
internal import Support

@main
struct AtmosStarter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-starter",
        abstract: "Puts the start points of an exploration into the ring.",
        discussion: """
            The first role of an exploration: its start points go to the queue main_sql, and from there, by \
            atmos-sql-client, into the ledger and on to the workers. A plan of points (grid, sobol, latin-hypercube, \
            list) and an adaptive search begin as a job on the queue explore. Doing it again changes nothing of that.

            Where the file or the command states a budget, it takes the place of the one before and the workers are let \
            run: that is how an exploration goes on whose budget was spent. Only then is MariaDB needed.

              atmos-starter exploration.yaml --core-hours 2000
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var budget: BudgetOptions

    @Flag(help: "Take away every limit, whatever the file says.")
    var unlimited = false

    @OptionGroup var log: LogOptions

    func validate() throws { try budget.check(unlimited: unlimited) }

    func run() async throws {
        try await Program.run("atmos-starter", log) { logger in
            let definition = try exploration.definition()
            let queues = try await redis.queues(of: definition, as: ConsumerName(role: "starter"), logger: logger)
            var runs: RunLedger?
            if unlimited || !budget.isEmpty || definition.budget != ExplorationBudget() {
                runs = try await RunLedger.connect(ledger.configuration(), logger: logger)
            }
            let ring = Ring(definition: definition, queues: queues, ledger: runs, logger: logger)
            if runs != nil {
                try await BudgetKeeper(ring).begin(unlimited ? ExplorationBudget() : try budget.budget(of: definition))
            }
            try await Starter(ring).run()
            await runs?.close()
            await queues.close()
            return .success
        }
    }
}
