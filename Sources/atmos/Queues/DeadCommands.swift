internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Support
internal import TextTable

/// `atmos dead`: the jobs that used up their attempts.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "List, show, retry or drop dead letters: jobs that used up their attempts.",
        discussion: """
            atmos dead list                                          all of them, the oldest first
            atmos dead show 3fa85f64                                 one of them, with the error of each attempt
            atmos dead retry 3fa85f64                                retry it with a fresh attempt count
            atmos dead retry --all --error-contains "out of memory"  retry all with this error
            atmos dead drop --queue 'sql$' --older-than 7d           delete some

            A job is named by its id, or by the first 8 or more characters of it. When a retried point completes, its \
            verdict replaces the error in the ledger. `atmos dead retry` is the same as `atmos retry` with these \
            options; `atmos retry` can also select points by their runs.
            """,
        subcommands: [
            DeadListCommand.self, DeadShowCommand.self, DeadRetryCommand.self, DeadDropCommand.self,
        ], defaultSubcommand: DeadListCommand.self)
}

struct DeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dead letters, the oldest of each queue first.")

    @OptionGroup var dead: DeadOptions
    @OptionGroup var queues: QueuesOptions
    @OptionGroup var rowLimit: RowLimitOption

    @Flag(help: "Print JSON, with the error of each attempt.")
    var json = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos dead list", log, defaultLevel: .error) { logger in
            let maxRows = rowLimit.rows ?? 50
            try await queues.withQueues(as: "dead", logger: logger) { [dead, json] queues, _ in
                var rows: [DeadLetterRow] = []
                var isTruncated = false
                try await dead.forEach(in: queues) { queue, letter in
                    isTruncated = rows.count == maxRows
                    if !isTruncated { rows.append(DeadLetterRow(queue, letter)) }
                    return !isTruncated
                }
                if json { return print(try PrettyJSON.text(of: rows)) }
                if rows.isEmpty { return print("no such dead letters") }
                print(Self.table(of: rows))
                if isTruncated { print("… and more: --limit sets how many are listed") }
            }
            return .success
        }
    }

    private static func table(of rows: [DeadLetterRow]) -> String {
        let table = TextTable<DeadLetterRow> { letter in
            [
                Column(title: "queue", value: letter.queue), Column(title: "job", value: letter.id),
                Column(title: "died", value: letter.diedAt),
                Column(title: "failures", value: letter.failures, align: .right),
                Column(title: "crashes", value: letter.crashes, align: .right),
                Column(title: "last error", value: letter.lastError),
            ]
        }
        return table.string(for: rows, style: Style.psql) ?? ""
    }
}

struct DeadShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show dead letters with their payload and the error of each attempt.")

    /// The maximum number of dead letters that are shown.
    private static let maxRows = 1_000

    @OptionGroup var dead: DeadOptions
    @OptionGroup var queues: QueuesOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var log: LogOptions

    func validate() throws {
        guard !dead.isEmpty else {
            throw ValidationError("select dead letters with an id or a filter; see atmos dead list")
        }
    }

    func run() async throws {
        try await Program.run("atmos dead show", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "dead", logger: logger) { [dead, json] queues, _ in
                var rows: [DeadLetterRow] = []
                try await dead.forEach(in: queues) { queue, letter in
                    rows.append(DeadLetterRow(queue, letter))
                    return rows.count < Self.maxRows
                }
                guard !rows.isEmpty else { throw SettingError(description: "no such dead letter") }
                if json { return print(try PrettyJSON.text(of: rows)) }
                print(rows.map(Self.text).joined(separator: "\n\n"))
            }
            return .success
        }
    }

    private static func text(of letter: DeadLetterRow) -> String {
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

/// An alias of ``RetryCommand`` for dead letters.
struct DeadRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Retry dead letters with a fresh attempt count. Same as atmos retry.",
        discussion: "Their history stays. Nothing runs without workers: see atmos explore, or start one.")

    @OptionGroup var dead: DeadOptions

    @Flag(help: "Select all dead letters that the other options do not exclude.")
    var all = false

    @Flag(help: "Change nothing; list the dead letters.")
    var dryRun = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func validate() throws { try dead.requireSelection(all: all) }

    func run() async throws {
        try await Program.run("atmos dead retry", log, defaultLevel: .error) { logger in
            try await RetryCommand.retry(dead, isDryRun: dryRun, in: queues, logger: logger)
            return .success
        }
    }
}

struct DeadDropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Delete dead letters, after a confirmation.",
        discussion: "Their points stay in the ledger as errors.")

    @OptionGroup var dead: DeadOptions

    @Flag(help: "Select all dead letters that the other options do not exclude.")
    var all = false

    @Flag(help: "Do not ask for confirmation.")
    var yes = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func validate() throws { try dead.requireSelection(all: all) }

    func run() async throws {
        try await Program.run("atmos dead drop", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "dead", logger: logger) { [dead, yes] queues, definition in
                var count = 0
                try await dead.forEach(in: queues) { _, _ in
                    count += 1
                    return true
                }
                guard count > 0 else { return print("no such dead letters") }
                try Confirmation.ask(
                    "This deletes \(count) dead letters of '\(definition.name)'.", answer: definition.name, assumed: yes
                )
                let dropped = try await dead.apply(
                    in: queues, toIDs: { try await queues.dropDead(ids: $1, in: $0) },
                    toMatches: { try await queues.dropDead(matching: $1, in: $0) })
                print(dropped == 1 ? "1 dead letter deleted" : "\(dropped) dead letters deleted")
            }
            return .success
        }
    }
}
