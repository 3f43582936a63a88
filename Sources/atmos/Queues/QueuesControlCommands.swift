internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Support

/// A command that tells the consumers of some queues, or of all, what they are to do.
protocol QueuesControlCommand: AsyncParsableCommand {
    /// What they are told.
    static var state: ControlState { get }
    /// Whose queues, and which.
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
                let shown = names.isEmpty ? "all queues are" : "\(names.map(\.rawValue).joined(separator: ", ")):"
                print("\(shown) told to \(Self.state.rawValue)")
            }
            return .success
        }
    }
}

/// Whose queues are told something, and which of them.
struct QueuesControlOptions: ParsableArguments {
    @Argument(help: "The queues; none for all.")
    var names: [QueueArgument] = []

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions
}

/// `atmos queues pause`: nothing is leased any more; consumers stay.
struct QueuesPauseCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Lease nothing more from queues; what is being done is finished.",
        discussion: "Consumers stay and wait. To make them leave, see atmos queues drain and stop.")
    static let state = ControlState.pause

    @OptionGroup var control: QueuesControlOptions
}

/// `atmos queues resume`: work goes on.
struct QueuesResumeCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let queues be leased from again, whatever held them.")
    static let state = ControlState.run

    @OptionGroup var control: QueuesControlOptions
}

/// `atmos queues drain`: consumers finish what they hold and leave.
struct QueuesDrainCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Let consumers end what they hold, and leave.",
        discussion: """
            Whoever starts on such a queue leaves as well, until `atmos queues resume`. A queue of the ledger that nobody \
            consumes holds back all that comes before it: to end an exploration in order, see atmos-kill --drain.
            """)
    static let state = ControlState.drain

    @OptionGroup var control: QueuesControlOptions
}

/// `atmos queues stop`: consumers give back what they hold and leave.
struct QueuesStopCommand: QueuesControlCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Make consumers give back what they hold, and leave.",
        discussion: """
            Runs that are under way are ended; their jobs are ready again, and no attempt is counted. Whoever starts on \
            such a queue leaves as well, until `atmos queues resume`. To end all roles in order, see atmos-kill --now.
            """)
    static let state = ControlState.stop

    @OptionGroup var control: QueuesControlOptions
}
