internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import LeaseQueue
internal import Logging
internal import Support

/// `atmos dead retry`.
struct DeadRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try dead letters again, with all their attempts before them.",
        discussion: "Their history stays. Nothing runs unless workers do: see atmos explore, or start one.")

    @OptionGroup var dead: DeadOptions

    @Flag(help: "All of them, as far as the other flags do not narrow them down.")
    var all = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func validate() throws { try dead.validate(all: all) }

    func run() async throws {
        try await Program.run("atmos dead retry", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "dead", logger: logger) { [dead] queues, _ in
                let count = try await dead.apply(
                    in: queues, ids: { try await queues.retryDead(ids: $1, in: $0) },
                    filter: { try await queues.retryDead(matching: $1, in: $0) })
                print(count == 1 ? "1 job is ready again" : "\(count) jobs are ready again")
            }
            return .success
        }
    }
}

/// `atmos dead drop`.
struct DeadDropCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop", abstract: "Delete dead letters for good, after a confirmation.",
        discussion: "Their points stay in the ledger as errors.")

    @OptionGroup var dead: DeadOptions

    @Flag(help: "All of them, as far as the other flags do not narrow them down.")
    var all = false

    @Flag(help: "Do not ask for a confirmation.")
    var yes = false

    @OptionGroup var queues: QueuesOptions
    @OptionGroup var log: LogOptions

    func validate() throws { try dead.validate(all: all) }

    func run() async throws {
        try await Program.run("atmos dead drop", log, defaultLevel: .error) { logger in
            try await queues.withQueues(as: "dead", logger: logger) { [dead, yes] queues, definition in
                var count = 0
                try await dead.forEach(in: queues) { _, _ in
                    count += 1
                    return true
                }
                guard count > 0 else { return print("there are no such dead letters") }
                try Confirmation.ask(
                    "This deletes dead letters of '\(definition.name)' for good: \(count).", answer: definition.name,
                    assumed: yes)
                let dropped = try await dead.apply(
                    in: queues, ids: { try await queues.dropDead(ids: $1, in: $0) },
                    filter: { try await queues.dropDead(matching: $1, in: $0) })
                print(dropped == 1 ? "1 dead letter is deleted" : "\(dropped) dead letters are deleted")
            }
            return .success
        }
    }
}

extension DeadOptions {
    /// - Throws: `ValidationError` unless it was said which are meant, or that all are.
    fileprivate func validate(all: Bool) throws {
        guard all || !isEmpty else {
            throw ValidationError("say which: an id, a filter such as --error-contains, or --all")
        }
    }

    /// Does something to all that are meant, by their ids where some are named, otherwise by the filter.
    fileprivate func apply(
        in queues: LeaseQueues, ids doIDs: (QueueName, [String]) async throws -> Int,
        filter doFilter: (QueueName, DeadLetterFilter) async throws -> Int
    ) async throws -> Int {
        var count = 0
        if ids.isEmpty {
            for queue in try self.queues() { count += try await doFilter(queue, filter) }
            return count
        }
        var found: [QueueName: [String]] = [:]
        try await forEach(in: queues) { queue, letter in
            found[queue, default: []].append(letter.id)
            return true
        }
        for (queue, ids) in found { count += try await doIDs(queue, ids) }
        guard count > 0 else { throw SettingError(description: "there is no such dead letter; see atmos dead list") }
        return count
    }
}
