internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Support

/// `atmos queues limit`: how many jobs a queue may hold.
struct QueuesLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Set how many jobs a queue may hold before it takes no new ones.",
        discussion: """
            atmos queues limit main 100000       no new jobs while main holds 100,000, in all states together
            atmos queues limit main --none       any number again

            Every producer obeys, at once: it waits, or is refused. What is there stays, and follow-up jobs of what is \
            under way always land. atmos queues shows the limits.
            """)

    @Argument(help: "The queue.")
    var name: QueueArgument

    @Argument(help: "How many jobs.")
    var jobs: Int?

    @Flag(help: "Any number of jobs.")
    var none = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard none == (jobs == nil) else { throw ValidationError("give either a number of jobs or --none") }
        if let jobs, jobs < 0 { throw ValidationError("a queue cannot hold \(jobs) jobs; 0 takes no new ones at all") }
    }

    func run() async throws {
        try await Program.run("atmos queues limit", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "limit", logger: logger) { [name, jobs] queues, _ in
                try await queues.setLimit(jobs, for: name.name)
                print(
                    jobs.map { "\(name.name) takes new jobs while it holds fewer than \($0)" }
                        ?? "\(name.name) takes any number of jobs")
            }
            return .success
        }
    }
}
