internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Support

@main
struct AtmosKill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-kill",
        abstract: "The kill switch: stops the workers of an exploration, or clears its queues.",
        discussion: """
            Workers hear of it with their next call to Redis, a heartbeat at the latest. Nothing is lost: points that \
            were being run go back to the queue, and --resume goes on from there.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var exploration: ExplorationFileArgument
    @OptionGroup var redis: RedisOptions

    @Flag(help: "Workers end their models now, give their points back, and leave.")
    var now = false

    @Flag(help: "Workers finish what they are running, and leave.")
    var drain = false

    @Flag(help: "Stop the workers once the queues were found empty --forgive times in a row.")
    var watch = false

    @Flag(help: "Let workers run again.")
    var resume = false

    @Flag(help: "Clear the exploration's queues, after a confirmation; the ledger is left as it is.")
    var reset = false

    @Option(help: "With --watch: how often in a row the queues must be found empty.")
    var forgive = 3

    @Option(help: "With --watch: how many seconds lie between two looks.")
    var every = 10

    @Flag(help: "With --reset: clear the queues even while leases are held.")
    var force = false

    @Flag(help: "With --reset: do not ask for a confirmation.")
    var yes = false

    @OptionGroup var cluster: ClusterKill
    @OptionGroup var log: LogOptions

    func validate() throws {
        let count = [now, drain, watch, resume, reset].count { $0 }
        guard count == 1 || count == 0 && cluster.isWanted else {
            throw ValidationError(
                "say exactly one of --now, --drain, --watch, --resume and --reset, or --delete-jobs or --resume-scaler")
        }
        if cluster.deleteJobs, resume || reset {
            throw ValidationError("--delete-jobs does not go with --resume and --reset")
        }
        guard forgive >= 1, every >= 1 else { throw ValidationError("--forgive and --every must be at least 1") }
    }

    func run() async throws {
        try await Program.run("atmos-kill", log, defaultLevel: .warning) { logger in
            let definition = try exploration.definition()
            if [now, drain, watch, resume, reset].contains(true) {
                try await control(definition, logger)
            }
            if cluster.isWanted { try await cluster.run(exploration: definition.name, logger: logger) }
            return .success
        }
    }

    /// What is done by way of the queues.
    private func control(_ definition: ExplorationDefinition, _ logger: Logger) async throws {
        let queues = try await redis.queues(of: definition, as: ConsumerName(role: "kill"), logger: logger)
        let kill = KillSwitch(queues: queues, logger: logger)
        if now { try await set(.stop, kill) }
        if drain { try await set(.drain, kill) }
        if resume { try await set(.run, kill) }
        if watch {
            try await kill.watch(forgive: forgive, every: .seconds(every)) { outstanding, empty in
                print("\(outstanding) jobs outstanding; found empty \(empty) of \(forgive) times")
            }
            print("the workers are stopped")
        }
        if reset { try await reset(definition, kill) }
        await queues.close()
    }

    private func set(_ state: ControlState, _ kill: KillSwitch) async throws {
        try await kill.set(state)
        print("the workers are told to \(state.rawValue); \(try await kill.pointsBeingRun()) points are being run")
    }

    private func reset(_ definition: ExplorationDefinition, _ kill: KillSwitch) async throws {
        let holders = try await kill.holders(limit: 20)
        guard holders.isEmpty || force else {
            throw SettingError(
                description: "leases are held by \(holders.sorted().joined(separator: ", ")); stop them first (--now), "
                    + "or say --force")
        }
        try Confirmation.ask(
            "This deletes all jobs of '\(definition.name)' from its queues.", answer: definition.name, assumed: yes)
        try await kill.reset()
        print("the queues of '\(definition.name)' are clear")
    }
}
