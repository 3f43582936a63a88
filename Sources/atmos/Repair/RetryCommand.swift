internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support

/// `atmos retry`: tries points again that were given up.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try points again that were given up, with all their attempts before them.",
        discussion: """
            Of the runs that the filters mean (without any: all in state error), dead letters are made ready again, and \
            points in state error without a job are queued again. Points that wait for an attempt anyway, and those that \
            have their verdict, are left alone.

              atmos retry --dry-run
              atmos retry --where "error like '%timeout%'" --since 1d
            """)

    @OptionGroup var filter: RunFilterOptions

    @Flag(help: "Change nothing; list what would be tried again.")
    var dryRun = false

    @Option(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos retry", log, defaultLevel: .warning) { logger in
            var meant = filter.filter
            if filter.isEmpty { meant.states = [.error] }
            let report = try await data.withRing(
                of: exploration, redis, as: "retry", logger: logger
            ) { [dryRun, meant] ring in
                try await PointRetry(ring).run(
                    meant, isDryRun: dryRun
                ) { if dryRun { print("retry    \($0)") } }
            }
            let verb = dryRun ? "would be " : ""
            print(
                "\(report.revived) dead letters \(verb)made ready again, \(report.requeued) points \(verb)queued again, "
                    + "\(report.skipped) left alone")
            return .success
        }
    }
}
