internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support

/// `atmos queues`: the state of an exploration's queues, and commands to check, control and empty them.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Show the state of an exploration's queues; check, control, limit or purge them.",
        discussion: """
            atmos queues                         counts, ages, rates and consumers
            atmos queues --leases main           the holder, age and remaining time of each lease
            atmos queues check --repair          find damage and repair it
            atmos queues pause main              lease nothing from main until `atmos queues resume main`
            atmos queues drain main              let workers finish their jobs and leave
            atmos queues limit main 100000       accept no new jobs in main while it has 100,000
            atmos queues purge running_sql       delete the jobs of one queue

            `atmos queues drain main` is the same as `atmos-kill drain`, and `atmos queues stop main` the same as \
            `atmos-kill stop`. To clear all queues at once, see `atmos-kill reset`.
            """,
        subcommands: [
            QueuesReportCommand.self, QueuesCheckCommand.self, QueuesPauseCommand.self, QueuesResumeCommand.self,
            QueuesDrainCommand.self, QueuesStopCommand.self, QueuesLimitCommand.self, QueuesPurgeCommand.self,
        ], defaultSubcommand: QueuesReportCommand.self)
}

/// The exploration whose queues a command is about, and the way to its servers.
struct QueuesOptions: ParsableArguments {
    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions

    /// Connects to the queues for as long as `body` takes, and starts the private servers of the folder if they are not
    /// running.
    ///
    /// With the exploration's YAML file and a Redis that a flag or the environment names, no ledger is needed.
    ///
    /// - Parameter role: the name under which the command appears in the queues' reports.
    func withQueues(
        as role: String, logger: Logger,
        _ body: @Sendable @escaping (LeaseQueues, ExplorationDefinition) async throws -> Void
    ) async throws {
        let url = try EnvironmentSetting.value(flag: redis.redisURL, variable: EnvironmentNames.redisURL)
        if data.data == nil, url != nil, let definition = try exploration.definition() {
            return try await withConnections { connections in
                let queues = try await connections.queues(
                    of: definition, at: redis.configuration(), as: role, logger: logger)
                try await body(queues, definition)
            }
        }
        try await data.withRing(of: exploration, redis, as: role, logger: logger) { ring in
            try await body(ring.queues, ring.definition)
        }
    }
}

/// The name of one of the ring's queues.
struct QueueArgument: ExpressibleByArgument {
    let name: QueueName

    init?(argument: String) {
        guard let name = RingQueues.all.first(where: { $0.rawValue == argument }) else { return nil }
        self.name = name
    }

    static var allValueStrings: [String] { RingQueues.all.map(\.rawValue) }
}
