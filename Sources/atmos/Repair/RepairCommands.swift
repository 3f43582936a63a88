internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Support

/// `atmos retry`: retries points that were given up.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Retry points that were given up, with a fresh attempt count.",
        discussion: """
            Of the selected runs (default: all in state error), dead letters become ready again, and points in state \
            error without a job are queued again. Points that wait for an attempt already, or have a verdict, are left \
            alone.

            An id, --queue, --error-contains, --worker, --older-than or --all selects dead letters of any queue \
            instead. `atmos dead retry` is the same command with these options only.

              atmos retry --dry-run
              atmos retry --where "error like '%timeout%'" --since 1d
              atmos retry 3fa85f64
            """)

    @OptionGroup var filter: RunFilterOptions
    @OptionGroup var dead: DeadOptions

    @Flag(help: "Select all dead letters that the other options do not exclude.")
    var all = false

    @Flag(help: "Change nothing; list the points or dead letters.")
    var dryRun = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    private var selectsDeadLetters: Bool { all || !dead.isEmpty }

    func validate() throws {
        guard filter.isEmpty || !selectsDeadLetters else {
            throw ValidationError(
                "select either runs (--state, --verdict, --since, --where) or dead letters (ids, --queue, "
                    + "--error-contains, --worker, --older-than, --all)")
        }
    }

    func run() async throws {
        try await Program.run("atmos retry", log, defaultLevel: .warning) { logger in
            if selectsDeadLetters {
                try await Self.retry(dead, isDryRun: dryRun, in: queues, logger: logger)
            } else {
                try await retryRuns(logger)
            }
            return .success
        }
    }

    /// Retries dead letters, for this command and for `atmos dead retry`.
    static func retry(_ dead: DeadOptions, isDryRun: Bool, in queues: QueuesOptions, logger: Logger) async throws {
        try await queues.withQueues(as: "dead", logger: logger) { queues, _ in
            try await dead.retry(in: queues, isDryRun: isDryRun)
        }
    }

    private func retryRuns(_ logger: Logger) async throws {
        var selection = filter.filter
        if filter.isEmpty { selection.states = [.error] }
        let report = try await queues.data.withRing(
            of: queues.exploration, queues.redis, as: "retry", logger: logger
        ) { [dryRun, selection] ring in
            try await PointRetry(ring).run(selection, isDryRun: dryRun) { if dryRun { print("retry    \($0)") } }
        }
        let verb = dryRun ? "would be " : ""
        print(
            "\(report.revived) dead letters \(verb)made ready again, \(report.requeued) points \(verb)queued again, "
                + "\(report.skipped) left alone")
    }
}

/// `atmos reconcile`: repairs the losses of the ledger or the queues.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare ledger and queues, and repair what one of them has lost.",
        discussion: """
            Run this after Redis lost its data, or after an older copy of the database was restored. Points that wait \
            in the ledger without a job are queued again. Points that the search has reached and the ledger does not \
            have are proposed. A lost plan of points continues from its last point. Jobs of points that have a verdict \
            are dropped. The command can run at any time and any number of times.

              atmos reconcile --dry-run
              atmos reconcile

            Messages that did not reach the ledger or the master are dead letters of their queues. The command reports \
            them, and then ends with status 1. With --revive, it retries them. Points that were given up are left to \
            'atmos retry'.
            """)

    @Flag(help: "Change nothing; list what would be repaired.")
    var dryRun = false

    @Flag(help: "Retry messages that did not reach the ledger or the master.")
    var revive = false

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos reconcile", log, defaultLevel: .warning) { logger in
            let (report, warning) = try await data.withRing(
                of: exploration, redis, as: "reconcile", logger: logger
            ) { [dryRun, revive] ring in
                let report = try await Reconciler(ring).run(isDryRun: dryRun, revivesDeadLetters: revive) {
                    if dryRun { print($0.sentence) }
                }
                return (report, revive ? nil : try await ring.queues.counts().deadLetterWarning)
            }
            // Ledger and queues may agree, and yet messages between them did not arrive.
            if let warning {
                print(report.isClean ? warning : "\(report.sentence(isDryRun: dryRun))\n\(warning)")
                return .failures
            }
            print(report.sentence(isDryRun: dryRun))
            return .success
        }
    }
}

extension Repair {
    /// The line that lists the repair.
    fileprivate var sentence: String {
        switch self {
        case .requeue(let code): "queue again    \(code)"
        case .propose(let code): "propose        \(code)"
        case .restart(let search): "continue       the \(Self.name(ofSearch: search))"
        case .revive(let job, let queue): "retry          \(job) in \(queue.rawValue)"
        case .drop(let hash): "drop the job   \(hash)"
        }
    }

    private static func name(ofSearch id: String) -> String {
        id.hasPrefix("plan") ? "plan of the next points" : "sequence of points"
    }
}

extension ReconcileReport {
    func sentence(isDryRun: Bool = false) -> String {
        guard !isClean else { return "ledger and queues agree: there is nothing to repair" }
        var parts = [
            "\(requeued) points \(isDryRun ? "would be " : "")queued again",
            "\(proposed) points \(isDryRun ? "would be " : "")proposed",
            "\(dropped) jobs \(isDryRun ? "would be " : "")dropped",
        ]
        if revived > 0 { parts.append("\(revived) dead letters \(isDryRun ? "would be " : "")made ready again") }
        if restarted > 0 { parts.append("the search \(isDryRun ? "would be " : "")continued") }
        if held > 0 { parts.append("\(held) superfluous jobs are held by workers and end by themselves") }
        if unknown > 0 {
            parts.append(
                "\(unknown) points are known only by their hash until a neighbour proposes them: run this again")
        }
        return parts.joined(separator: ", ")
    }
}
