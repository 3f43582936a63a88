internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Health
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import ServiceLifecycle
internal import Support

@main
struct AtmosSQLClient: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-sql-client",
        abstract: "Carries points and results between the queues and the ledger.",
        discussion: """
            Writes new points, runs that have begun, errors and results into MariaDB, and sends points on to the \
            workers and those that lead on to the master. Drains the workers once the exploration's budget is spent. \
            Any number may run; one may be killed at any moment. SIGTERM ends it in order.

            The queues take turns. A turn is one batch, written in one transaction. Each queue's batches grow with what \
            waits in it: from \(BatchSize.least) jobs, doubled each time that a batch comes full, up to \
            \(BatchSize.greatest) jobs or \(BatchSize.bytes >> 20) MiB of messages; halved where one took longer \
            than \(BatchSize.time.components.seconds) s or came less than half full. There is nothing to set.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions

    @Flag(help: "Create the database, its tables and the exploration's table where they are missing, then go on.")
    var create = false

    @Flag(help: "Create what is missing, then end; for a step before others, as a user who may create tables.")
    var createOnly = false

    @Flag(help: "Delete the exploration's runs from the ledger, after a confirmation, then end.")
    var reset = false

    @Flag(help: "Do not ask for a confirmation.")
    var yes = false

    @Flag(help: "Run the master's duties in this process too.")
    var master = false

    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        if (create || createOnly) && reset {
            throw ValidationError("--create and --create-only do not go together with --reset")
        }
    }

    func run() async throws {
        try await Program.run("atmos-sql-client", log) { logger in
            let definition = try exploration.definition()
            let creates = create || createOnly
            let runs = try await RunLedger.connect(ledger.configuration(), createDatabase: creates, logger: logger)
            if reset {
                try await reset(definition, in: runs)
                await runs.close()
                return .success
            }
            try await LedgerSetup(definition: definition, ledger: runs).prepare(creates: creates)
            if !createOnly { try await serve(definition, runs, logger) }
            await runs.close()
            return .success
        }
    }

    private func serve(_ definition: ExplorationDefinition, _ runs: RunLedger, _ logger: Logger) async throws {
        let queues = try await redis.queues(of: definition, as: ConsumerName(role: "sql-client"), logger: logger)
        let heartbeat = Heartbeat("loop", limit: RoleLoop.patience)
        let probes = try await health.services(Health(of: heartbeat, queues: queues, ledger: runs), logger: logger)
        var services: [any Service] = [
            SQLClient(definition: definition, queues: queues, ledger: runs, logger: logger, heartbeat: heartbeat),
            BudgetWatch(definition: definition, queues: queues, ledger: runs, logger: logger),
        ]
        if master {
            services.append(Master(definition: definition, queues: queues, ledger: runs, logger: logger))
        }
        try await Program.serve(services + probes, logger: logger)
        await queues.close()
    }

    private func reset(_ definition: ExplorationDefinition, in runs: RunLedger) async throws {
        let progress = try await runs.progress(of: definition.table)
        try Confirmation.ask(
            "This deletes all \(progress.total) runs of '\(definition.name)' and their history from the ledger.",
            answer: definition.name, assumed: yes)
        try await runs.drop(exploration: definition.name)
    }
}
