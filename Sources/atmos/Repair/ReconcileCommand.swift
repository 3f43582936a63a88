internal import ArgumentParser
internal import CommandLineKit
internal import Logging
internal import Pipeline
internal import Support

/// `atmos reconcile`: repairs what ledger or queues have lost.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare ledger and queues, and repair what one of them has lost.",
        discussion: """
            For after Redis lost its data, or an older copy of the database was brought back. Points that wait in the \
            ledger and have no job are queued again; points that the search has reached and the ledger lacks are \
            proposed; a plan of points goes on where it was; jobs of points that have their verdict are dropped. It may run at any time, and as often as one likes.

              atmos reconcile --dry-run
              atmos reconcile
            """)

    @Flag(help: "Change nothing; list what would be repaired.")
    var dryRun = false

    @Option(help: "The exploration's name (default: the only one in the ledger).")
    var exploration: String?

    @OptionGroup var data: DataOptions
    @OptionGroup var redis: RedisOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos reconcile", log, defaultLevel: .warning) { logger in
            let report = try await data.withRing(
                of: exploration, redis, as: "reconcile", logger: logger
            ) { [dryRun] ring in
                try await Reconciler(ring).run(isDryRun: dryRun) { if dryRun { print($0.sentence) } }
            }
            print(report.sentence(isDryRun: dryRun))
            return .success
        }
    }
}

extension Repair {
    /// What is to be done, in a line.
    var sentence: String {
        switch self {
        case .requeue(let code): "queue again    \(code)"
        case .propose(let code): "propose        \(code)"
        case .restart(let search): "go on with     the \(Self.name(ofSearch: search))"
        case .drop(let hash): "drop the job   \(hash)"
        }
    }

    private static func name(ofSearch id: String) -> String {
        id == "plan" ? "plan of the next points" : "sequence of points"
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
        if restarted > 0 { parts.append("the search \(isDryRun ? "would go" : "goes") on") }
        if held > 0 { parts.append("\(held) superfluous jobs are held by workers and end by themselves") }
        if unknown > 0 {
            parts.append(
                "\(unknown) points are known by their hash alone until a neighbour proposes them: run it again")
        }
        return parts.joined(separator: ", ")
    }
}
