internal import ArgumentParser
internal import Exploration
internal import LeaseQueue
internal import Logging

/// `atmos queues pause`: nothing is leased any more; consumers stay.
struct QueuesPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Lease nothing more from queues; what is being done is finished.",
        discussion: "Consumers stay and wait. To make workers leave, see atmos-kill --drain and --now.")

    @Argument(help: "The queues; none for all.")
    var names: [QueueArgument] = []

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos queues pause", log, defaultLevel: .error) { logger in
            try await queues.setControl(.pause, for: names, logger: logger)
            return .success
        }
    }
}

/// `atmos queues resume`: work goes on.
struct QueuesResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let queues be leased from again, whatever held them.")

    @Argument(help: "The queues; none for all.")
    var names: [QueueArgument] = []

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos queues resume", log, defaultLevel: .error) { logger in
            try await queues.setControl(.run, for: names, logger: logger)
            return .success
        }
    }
}

/// `atmos queues purge`: deletes all jobs of one queue.
struct QueuesPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete all jobs of a queue, after a confirmation that names how many there are.",
        discussion: """
            The points of deleted jobs stay in the ledger as they are. To clear all queues, see atmos-kill --reset.
            """)

    @Argument(help: "The queue.")
    var name: QueueArgument

    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Do not ask for a confirmation.")
    var yes = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos queues purge", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "purge", logger: logger) { [name, yes] queues, _ in
                let confirmation = try await queues.preparePurge(of: name.name)
                let counts = confirmation.counts
                try Confirmation.ask(
                    "This deletes \(counts.ready) ready, \(counts.delayed) delayed, \(counts.leased) leased jobs and "
                        + "\(counts.dead) dead letters of \(name.name).",
                    answer: confirmation.token, assumed: yes)
                let purged = try await queues.purge(name.name, token: confirmation.token)
                print("\(purged.outstanding + purged.dead) jobs of \(name.name) are deleted")
            }
            return .success
        }
    }
}
