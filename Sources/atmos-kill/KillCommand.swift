internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Support

@main
struct KillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-kill",
        abstract: "Stop the workers of an exploration, resume them, or clear its queues.",
        discussion: """
            Workers notice a new state with their next call to Redis, at the latest with a heartbeat. Nothing is lost: \
            interrupted points go back to the queue, and 'atmos-kill resume' continues from there.
            """,
        version: SoftwareVersion.current,
        subcommands: [
            StopCommand.self, DrainCommand.self, WatchCommand.self, ResumeCommand.self, ResetCommand.self,
            DeleteJobsCommand.self, ResumeScalerCommand.self,
        ])

    /// The flags of earlier releases.
    static let oldCommandLine = OldCommandLine(
        [
            .init("--now", "stop"), .init("--drain", "drain"), .init("--watch", "watch"), .init("--resume", "resume"),
            .init("--reset", "reset"), .init("--delete-jobs", "delete-jobs"),
            .init("--resume-scaler", "resume-scaler"),
        ], renamed: ["--forgive": "--empty-checks", "--every": "--interval"])

    static func main() async {
        await main(oldCommandLine.translated(Array(CommandLine.arguments.dropFirst())))
    }

    func run() async throws {
        let names = Self.configuration.subcommands.compactMap { $0.configuration.commandName }
        throw ValidationError("missing subcommand: one of \(names.joined(separator: ", "))")
    }
}

/// The options of every subcommand.
struct KillOptions: ParsableArguments {
    @OptionGroup var exploration: ExplorationFileArgument
    @OptionGroup var log: LogOptions

    /// Runs a subcommand's work.
    func run(_ work: (ExplorationDefinition, Logger) async throws -> Void) async throws {
        try await Program.run("atmos-kill", log, defaultLevel: .warning) { logger in
            try await work(exploration.definition(), logger)
            return .success
        }
    }
}

extension RedisOptions {
    /// Connects to an exploration's queues while `body` runs.
    func withKillSwitch<Result>(
        of definition: ExplorationDefinition, logger: Logger, _ body: (KillSwitch) async throws -> Result
    ) async throws -> Result {
        let queues = try await queues(of: definition, as: ConsumerName(role: "kill"), logger: logger)
        let result: Result
        do {
            result = try await body(KillSwitch(queues: queues, logger: logger))
        } catch {
            await queues.close()
            throw error
        }
        await queues.close()
        return result
    }

    /// Sets the state that the workers follow.
    func set(_ state: ControlState, of definition: ExplorationDefinition, logger: Logger) async throws {
        try await withKillSwitch(of: definition, logger: logger) { kill in
            try await kill.set(state)
            let runs = try await kill.pointsBeingRun()
            print("workers instructed to \(state.rawValue); \(runs) \(runs == 1 ? "run" : "runs") in progress")
        }
    }
}

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Make workers end their models now, give their points back, and leave.")

    @OptionGroup var options: KillOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var jobs: JobDeletionOptions

    func run() async throws {
        try await options.run { definition, logger in
            try await redis.set(.stop, of: definition, logger: logger)
            try await jobs.deleteIfWanted(of: definition, logger: logger)
        }
    }
}

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Make workers finish their current points and leave.",
        discussion: "Sets the state of the queue main, as 'atmos queues drain main' does.")

    @OptionGroup var options: KillOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var jobs: JobDeletionOptions

    func run() async throws {
        try await options.run { definition, logger in
            try await redis.set(.drain, of: definition, logger: logger)
            try await jobs.deleteIfWanted(of: definition, logger: logger)
        }
    }
}

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Wait until the queues stay empty, then stop the workers.",
        discussion: "Ends with 1 if messages did not reach the ledger or the master, so that points may be missing.")

    @Option(help: "Stop after this number of consecutive checks that find the queues empty.")
    var emptyChecks = 3

    @Option(help: "Check at this interval (default: 10s).", transform: TimeSpan.orSeconds)
    var interval = TimeSpan(.seconds(10))

    @OptionGroup var options: KillOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var jobs: JobDeletionOptions

    func validate() throws {
        guard emptyChecks >= 1 else { throw ValidationError("--empty-checks must be at least 1") }
        guard interval.duration >= .seconds(1) else { throw ValidationError("--interval must be at least 1s") }
    }

    func run() async throws {
        try await options.run { definition, logger in
            let warning = try await redis.withKillSwitch(of: definition, logger: logger) { kill in
                let warning = try await kill.watch(forgive: emptyChecks, every: interval.duration) {
                    outstanding, empty in
                    print("\(outstanding) jobs outstanding; found empty \(empty) of \(emptyChecks) times")
                }
                print("workers stopped")
                return warning
            }
            try await jobs.deleteIfWanted(of: definition, logger: logger)
            guard let warning else { return }
            print(warning)
            throw ExitCode.failure
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let workers run again after 'stop', 'drain' or 'watch'.",
        discussion: "Sets the state of the queue main, as 'atmos queues resume main' does.")

    @Flag(help: "Resume the scaler, too, as 'atmos-kill resume-scaler' does.")
    var resumeScaler = false

    @OptionGroup var options: KillOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var scaler: ScalerOptions

    func run() async throws {
        try await options.run { definition, logger in
            try await redis.set(.run, of: definition, logger: logger)
            if resumeScaler { try await scaler.resume(for: definition, logger: logger) }
        }
    }
}

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Delete all jobs from the exploration's queues, after a confirmation.",
        discussion: "The ledger does not change.")

    /// The most leases of each queue that are examined for their holders.
    private static let maxLeases = 20

    @Flag(help: "Clear the queues even if consumers hold leases.")
    var force = false

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @OptionGroup var options: KillOptions
    @OptionGroup var redis: RedisOptions

    func run() async throws {
        try await options.run { definition, logger in
            try await redis.withKillSwitch(of: definition, logger: logger) { kill in
                let holders = try await kill.holders(limit: Self.maxLeases)
                guard holders.isEmpty || force else {
                    throw SettingError(
                        description: "leases are held by \(holders.sorted().joined(separator: ", ")); run 'atmos-kill "
                            + "stop' first, or add --force")
                }
                try Confirmation.ask(
                    "This deletes all jobs of '\(definition.name)' from its queues.", answer: definition.name,
                    assumed: yes)
                try await kill.reset()
                print("cleared the queues of '\(definition.name)'")
            }
        }
    }
}
