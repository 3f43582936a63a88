internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Support
internal import Synchronization

/// `atmos queues check`: finds, and mends on request, what no operation could have left.
struct QueuesCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Search the queues for damage; exit status 1 where some is left.",
        discussion: """
            Nothing that the roles do, or that happens to them, leaves damage behind. Somebody else's hands in Redis may. \
            The roles may go on meanwhile; to be certain of a queue at work, pause it first.
            """)

    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Mend what is found.")
    var mend = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos queues check", log, defaultLevel: .error) { logger in
            let damaged = Mutex(false)
            try await queues.withQueues(as: "check", logger: logger) { [mend] queues, _ in
                for queue in RingQueues.all {
                    let check = try await queues.check(queue, mend: mend)
                    print("\(queue): \(check.jobs) jobs, \(check.isClean ? "all is well" : "damages: \(check.count)")")
                    for finding in check.findings {
                        print("  \(finding.problem.rawValue) \(finding.id)\(finding.isRepaired ? ": mended" : "")")
                    }
                    if check.count > check.findings.count { print("  … and more; run it again once these are mended") }
                    if check.findings.contains(where: { !$0.isRepaired }) || check.count > check.findings.count {
                        damaged.withLock { $0 = true }
                    }
                }
            }
            return damaged.withLock { $0 } ? .failures : .success
        }
    }
}
