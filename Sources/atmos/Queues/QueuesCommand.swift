internal import ArgumentParser

/// `atmos queues`: what goes on in the queues of an exploration, and how to mend, hold and empty them.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Show what goes on in an exploration's queues; check, pause or purge them.",
        discussion: """
            atmos queues                         counts, ages, rates and consumers
            atmos queues --leases main           who holds what, since when, for how long
            atmos queues check --mend            find damage, and mend it
            atmos queues pause main              nothing is leased from main until `atmos queues resume main`
            atmos queues purge running_sql       delete the jobs of one queue

            To stop or drain the workers, or to clear all queues at once, see atmos-kill.
            """,
        subcommands: [
            QueuesReportCommand.self, QueuesCheckCommand.self, QueuesPauseCommand.self, QueuesResumeCommand.self,
            QueuesPurgeCommand.self,
        ], defaultSubcommand: QueuesReportCommand.self)
}
