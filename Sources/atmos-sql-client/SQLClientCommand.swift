internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Health
internal import Logging
internal import Pipeline
internal import RunLedger
internal import ServiceLifecycle
internal import Support

@main
struct SQLClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-sql-client",
        abstract: "Carry points and results between the queues and the ledger.",
        discussion: """
            Writes new points, started runs, errors and results into MariaDB. Forwards points to the workers, and \
            finished points that lead on to the master. Drains the workers once the exploration's budget is exhausted. \
            One of them restores lost jobs from the ledger after Redis has lost data. \
            Any number may run, and one may be killed at any moment. SIGTERM stops it gracefully.

            The queues take turns. A turn is one batch, written in one transaction. The batches of a queue adapt to \
            the number of waiting jobs: from \(LedgerBatchSizer.minJobs) jobs, doubled after each full batch, up to \
            \(LedgerBatchSizer.maxJobs) jobs or \(LedgerBatchSizer.maxBytes >> 20) MiB of messages; halved after a \
            batch that took longer than \(LedgerBatchSizer.maxTime.components.seconds) s or was less than half full. \
            There is nothing to configure.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationFileArgument
    @OptionGroup var redis: RedisOptions
    @OptionGroup var ledger: LedgerOptions

    @Flag(help: "Create the database, its tables and the exploration's table if they are missing, then continue.")
    var create = false

    @Flag(help: "Create what is missing, then exit. For a separate step as a user who may create tables.")
    var createOnly = false

    @Flag(help: "Delete the exploration's runs from the ledger, after a confirmation, then exit.")
    var reset = false

    @Flag(help: "Do not ask for a confirmation.")
    var yes = false

    @Flag(help: "Run the master in this process, too.")
    var master = false

    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        if (create || createOnly) && reset {
            throw ValidationError("--create and --create-only cannot be combined with --reset")
        }
    }

    func run() async throws {
        try await Program.run("atmos-sql-client", log) { logger in
            let definition = try exploration.definition()
            let creates = create || createOnly
            return try await withConnections { connections in
                let runs = try await connections.ledger(
                    at: ledger.configuration(), createDatabase: creates, logger: logger)
                if reset {
                    try await reset(definition, in: runs)
                    return .success
                }
                try await LedgerSetup(definition: definition, ledger: runs).prepare(creates: creates)
                guard !createOnly else { return .success }
                let queues = try await connections.queues(
                    of: definition, at: redis.configuration(), as: "sql-client", logger: logger)
                try await serve(Ring(definition: definition, queues: queues, ledger: runs, logger: logger))
                return .success
            }
        }
    }

    private func serve(_ ring: Ring) async throws {
        let heartbeat = Heartbeat("loop", limit: RoleLoop.livenessLimit)
        let probes = try await health.services(
            Health(of: heartbeat, queues: ring.queues, ledger: ring.ledger), logger: ring.logger)
        var services: [any Service] = [SQLClient(ring, heartbeat: heartbeat), BudgetEnforcer(ring), RingRepairer(ring)]
        if master { services.append(Master(ring)) }
        try await Program.serve(services + probes, logger: ring.logger)
    }

    private func reset(_ definition: ExplorationDefinition, in runs: RunLedger) async throws {
        let progress = try await runs.progress(of: definition.table)
        try Confirmation.ask(
            "This deletes all \(progress.total) runs of '\(definition.name)' and their history from the ledger.",
            answer: definition.name, assumed: yes)
        try await runs.drop(exploration: definition.name)
    }
}
