internal import ArgumentParser

/// `atmos dead`: the jobs that used up their attempts.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "List, show, retry or drop dead letters: jobs that used up their attempts.",
        discussion: """
            atmos dead list                                          all of them, the oldest first
            atmos dead show 3fa85f64                                 one of them, with each attempt's error
            atmos dead retry 3fa85f64                                try it again, with all its attempts before it
            atmos dead retry --all --error-contains "out of memory"  all that failed so
            atmos dead drop --queue 'sql$' --older-than 7d           forget some for good

            A job is named by its id, or by the first 8 or more characters of it. When a retried point completes, its \
            verdict replaces the error in the ledger.
            """,
        subcommands: [
            DeadListCommand.self, DeadShowCommand.self, DeadRetryCommand.self, DeadDropCommand.self,
        ], defaultSubcommand: DeadListCommand.self)
}
