internal import ArgumentParser
internal import CommandLineKit
internal import LeaseQueue
internal import Logging
internal import Support
internal import TextTable

/// `atmos dead list`.
struct DeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dead letters, the oldest of each queue first.")

    @OptionGroup var dead: DeadOptions
    @OptionGroup var queues: QueuesOptions

    @Option(help: "How many to list at most.")
    var limit = 50

    @Flag(help: "Print JSON, with each attempt's error.")
    var json = false

    @OptionGroup var log: LogOptions

    func validate() throws {
        if limit < 1 { throw ValidationError("--limit \(limit) would list nothing; give 1 or more") }
    }

    func run() async throws {
        try await Program.run("atmos dead list", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "dead", logger: logger) { [dead, limit, json] queues, _ in
                var letters: [ShownLetter] = []
                var isCut = false
                try await dead.forEach(in: queues) { queue, letter in
                    isCut = letters.count == limit
                    if !isCut { letters.append(ShownLetter(queue, letter)) }
                    return !isCut
                }
                if json { return print(try PrettyJSON.of(letters)) }
                if letters.isEmpty { return print("there are no such dead letters") }
                print(Self.table(of: letters))
                if isCut { print("… and more: --limit shows more of them") }
            }
            return .success
        }
    }

    private static func table(of letters: [ShownLetter]) -> String {
        let table = TextTable<ShownLetter> { letter in
            [
                Column(title: "queue", value: letter.queue), Column(title: "job", value: letter.id),
                Column(title: "died", value: letter.diedAt),
                Column(title: "failures", value: letter.failures, align: .right),
                Column(title: "crashes", value: letter.crashes, align: .right),
                Column(title: "last error", value: letter.lastError),
            ]
        }
        return table.string(for: letters, style: Style.psql) ?? ""
    }
}
