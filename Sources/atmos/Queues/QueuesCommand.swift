internal import ArgumentParser

/// `atmos queues`: what goes on in the queues of an exploration, and how to mend, hold and empty them.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Show what goes on in an exploration's queues; check, hold, limit or purge them.",
        discussion: """
            atmos queues                         counts, ages, rates and consumers
            atmos queues --leases main           who holds what, since when, for how long
            atmos queues check --mend            find damage, and mend it
            atmos queues pause main              nothing is leased from main until `atmos queues resume main`
            atmos queues drain main              workers end what they hold, and leave
            atmos queues limit main 100000       producers find main full once it holds 100,000 jobs
            atmos queues purge running_sql       delete the jobs of one queue

            To end a whole exploration's roles, or to clear all queues at once, see atmos-kill.
            """,
        subcommands: [
            QueuesReportCommand.self, QueuesCheckCommand.self, QueuesPauseCommand.self, QueuesResumeCommand.self,
            QueuesDrainCommand.self, QueuesStopCommand.self, QueuesLimitCommand.self, QueuesPurgeCommand.self,
        ], defaultSubcommand: QueuesReportCommand.self)
}
