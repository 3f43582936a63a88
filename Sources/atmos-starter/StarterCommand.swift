internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Pipeline
internal import Support

@main
struct StarterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-starter",
        abstract: "Put the start points of an exploration into the ring.",
        discussion: """
            The first role of an exploration. Its start points go to the queue main_sql, and from there, by \
            atmos-sql-client, into the ledger and to the workers. A plan of points (grid, sobol, latin-hypercube, \
            list) and an adaptive search start as a job on the queue explore. A second start changes none of this.

            A budget in the file or on the command line replaces the previous one, and the workers are let run: this \
            is how an exploration continues after its budget was exhausted. Only a budget needs MariaDB.

              atmos-starter exploration.yaml --core-hours 2000
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationFileArgument
    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var budget: BudgetOptions

    @Flag(help: "Remove all limits, including those of the file.")
    var unlimited = false

    @OptionGroup var log: LogOptions

    func validate() throws { try budget.check(unlimited: unlimited) }

    func run() async throws {
        try await Program.run("atmos-starter", log) { logger in
            let definition = try exploration.definition()
            let setsBudget = unlimited || !budget.isEmpty || definition.budget != ExplorationBudget()
            return try await withConnections { connections in
                let ring = try await connections.ring(
                    of: definition, redis: redis.configuration(), ledger: setsBudget ? ledger.configuration() : nil,
                    as: "starter", logger: logger)
                if setsBudget {
                    try await BudgetController(ring).begin(
                        unlimited ? ExplorationBudget() : try budget.budget(of: definition), repeats: true)
                }
                try await Starter(ring).run()
                return .success
            }
        }
    }
}
