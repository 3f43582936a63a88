internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Support
internal import Synchronization

/// A command that sets the control state of some queues, or of all, which their consumers obey.
protocol QueuesControlCommand: AsyncParsableCommand {
    /// The state to set.
    static var state: ControlState { get }
    var control: QueuesControlOptions { get }
}

extension QueuesControlCommand {
    func run() async throws {
        try await Program.run("atmos queues \(Self._commandName)", control.log, defaultLevel: .error) { logger in
            let names = control.names.map(\.name)
            try await control.queues.withQueues(as: "control", logger: logger) { queues, _ in
                if names.isEmpty {
                    try await queues.setControl(Self.state)
                } else {
                    for name in names { try await queues.setControl(Self.state, for: name) }
                }
                let subject = names.isEmpty ? "all queues" : names.map(\.rawValue).joined(separator: ", ")
                print("\(subject) set to \(Self.state.rawValue)")
            }
            return .success
        }
    }
}

/// The queues that a control command is about.
struct QueuesControlOptions: ParsableArguments {
    @Argument(help: "The queues (default: all).")
    var names: [QueueArgument] = []

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions
}

struct QueuesPauseCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop leasing from queues; jobs in progress are finished.",
        discussion: "Consumers stay and wait. To make them leave, see atmos queues drain and stop.")
    static let state = ControlState.pause

    @OptionGroup var control: QueuesControlOptions
}

struct QueuesResumeCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Allow leasing from queues again, after pause, drain or stop.")
    static let state = ControlState.run

    @OptionGroup var control: QueuesControlOptions
}

struct QueuesDrainCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Make consumers finish their jobs and leave.",
        discussion: """
            A consumer that starts later leaves as well, until `atmos queues resume`. If a queue to the ledger is \
            drained, everything before it has to wait: to end an exploration gracefully, drain main only, which is the \
            same as `atmos-kill drain`.
            """)
    static let state = ControlState.drain

    @OptionGroup var control: QueuesControlOptions
}

struct QueuesStopCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Make consumers give back their jobs and leave.",
        discussion: """
            Runs in progress are ended; their jobs are ready again, and no attempt is counted. A consumer that starts \
            later leaves as well, until `atmos queues resume`. `atmos queues stop main` is the same as `atmos-kill \
            stop`.
            """)
    static let state = ControlState.stop

    @OptionGroup var control: QueuesControlOptions
}

struct QueuesLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Set the number of jobs from which a queue accepts no new ones.",
        discussion: """
            atmos queues limit main 100000       accept no new jobs while main has 100,000, in all states together
            atmos queues limit main --none       remove the limit

            The limit applies to all producers at once: they wait, or get an error. Existing jobs stay, and follow-up \
            jobs of finished ones are always accepted. `atmos queues` shows the limits.
            """)

    @Argument(help: "The queue.")
    var name: QueueArgument

    @Argument(help: "The maximum number of jobs.")
    var jobs: Int?

    @Flag(help: "Remove the limit.")
    var none = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard none == (jobs == nil) else { throw ValidationError("give either a number of jobs or --none") }
        if let jobs, jobs < 0 {
            throw ValidationError("invalid number of jobs '\(jobs)': expected 0 (no new jobs) or more")
        }
    }

    func run() async throws {
        try await Program.run("atmos queues limit", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "limit", logger: logger) { [name, jobs] queues, _ in
                try await queues.setLimit(jobs, for: name.name)
                print(
                    jobs.map { "\(name.name) accepts new jobs while it has fewer than \($0)" }
                        ?? "\(name.name) accepts any number of jobs")
            }
            return .success
        }
    }
}

struct QueuesPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Delete all jobs of a queue, after a confirmation that shows their number.",
        discussion: """
            The points of deleted jobs stay in the ledger as they are. To clear all queues, see `atmos-kill reset`.
            """)

    @Argument(help: "The queue.")
    var name: QueueArgument

    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Do not ask for confirmation.")
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
                print("\(purged.outstanding + purged.dead) jobs of \(name.name) deleted")
            }
            return .success
        }
    }
}

struct QueuesCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Search the queues for damage; the exit status is 1 if some remains.",
        discussion: """
            No operation of the roles leaves damage behind, and neither does a crash; a change made to Redis by hand \
            may. The check can run while the roles run. For a reliable result on a busy queue, pause the queue first.
            """)

    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Repair the damage.")
    var repair = false

    /// The former name of `--repair`.
    @Flag(help: .hidden)
    var mend = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos queues check", log, defaultLevel: .error) { logger in
            let isDamaged = Mutex(false)
            let repairs = repair || mend
            try await queues.withQueues(as: "check", logger: logger) { queues, _ in
                for queue in RingQueues.all {
                    let check = try await queues.check(queue, repair: repairs)
                    print("\(queue): \(check.jobs) jobs, \(check.isClean ? "no damage" : "damages: \(check.count)")")
                    for finding in check.findings {
                        print("  \(finding.problem.rawValue) \(finding.id)\(finding.isRepaired ? ": repaired" : "")")
                    }
                    let hasMore = check.count > check.findings.count
                    if hasMore { print("  … and more; run the check again after the repair") }
                    if hasMore || check.findings.contains(where: { !$0.isRepaired }) {
                        isDamaged.withLock { $0 = true }
                    }
                }
            }
            return isDamaged.withLock { $0 } ? .failures : .success
        }
    }
}
