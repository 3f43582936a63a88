internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Support

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
