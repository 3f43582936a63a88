internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Support

/// `atmos dead show`.
struct DeadShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show dead letters with their payload and each attempt's error.")

    @OptionGroup var dead: DeadOptions
    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard !dead.isEmpty else { throw ValidationError("say which: an id, or a filter; see atmos dead list") }
    }

    func run() async throws {
        try await Program.run("atmos dead show", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "dead", logger: logger) { [dead, json] queues, _ in
                var letters: [ShownLetter] = []
                try await dead.forEach(in: queues) { queue, letter in
                    letters.append(ShownLetter(queue, letter))
                    return letters.count < 1000
                }
                guard !letters.isEmpty else { throw SettingError(description: "there is no such dead letter") }
                if json { return print(try PrettyJSON.of(letters)) }
                print(letters.map(Self.text).joined(separator: "\n\n"))
            }
            return .success
        }
    }

    private static func text(of letter: ShownLetter) -> String {
        let head = """
            \(letter.id) in \(letter.queue), dead since \(letter.diedAt)
            \(letter.failures) failures, \(letter.crashes) crashes, \(letter.releases) releases; priority \
            \(letter.priority)
            payload: \(letter.payload)
            """
        let attempts = letter.attempts.map { attempt in
            """
              \(attempt.leasedAt) to \(attempt.endedAt) \(attempt.kind), \(attempt.worker), token \(attempt.token)
                \(attempt.error.replacing("\n", with: "\n    "))
            """
        }
        return ([head] + attempts).joined(separator: "\n")
    }
}
