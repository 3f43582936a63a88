internal import ArgumentParser
internal import LeaseQueue
internal import Pipeline
internal import Support

/// Which dead letters a command is about. What is given must hold together.
struct DeadOptions: ParsableArguments {
    @Argument(help: "Ids, or the first 8 or more characters of them.")
    var ids: [String] = []

    @Option(help: "Only in queues whose name this regular expression matches.")
    var queue: String?

    @Option(help: "Only where an error contains this text, in capitals or not.")
    var errorContains: String?

    @Option(help: "Only where it went wrong with a worker whose name contains this text.")
    var worker: String?

    @Option(help: "Only those that died at least so long ago: 30s, 10m, 2h, 7d.")
    var olderThan: TimeSpan?

    func validate() throws {
        for id in ids where id.count < 8 {
            throw ValidationError("'\(id)' is too short to name a job; give at least 8 characters of its id")
        }
        if let queue, (try? Regex(queue)) == nil {
            throw ValidationError("'\(queue)' is no regular expression; --queue 'sql$' is an example")
        }
    }

    /// Whether anything at all narrows them down.
    var isEmpty: Bool {
        ids.isEmpty && queue == nil && errorContains == nil && worker == nil && olderThan == nil
    }

    var filter: DeadLetterFilter {
        DeadLetterFilter(errorContains: errorContains, consumerContains: worker, olderThan: olderThan?.duration)
    }

    /// The queues that are meant.
    func queues() throws -> [QueueName] {
        guard let queue else { return RingQueues.all }
        let pattern = try Regex(queue)
        let names = RingQueues.all.filter { $0.rawValue.firstMatch(of: pattern) != nil }
        guard !names.isEmpty else {
            let all = RingQueues.all.map(\.rawValue).joined(separator: ", ")
            throw SettingError(description: "no queue's name matches '\(queue)'; the queues are \(all)")
        }
        return names
    }

    /// Calls `body` with every dead letter that is meant, the oldest of each queue first, until it returns false.
    func forEach(
        in queues: LeaseQueues, _ body: (QueueName, DeadLetter) throws -> Bool
    ) async throws {
        for queue in try self.queues() {
            var goesOn = true
            try await queues.forEachDeadLetter(matching: filter, in: queue) { letter in
                if isNamed(letter) { goesOn = try body(queue, letter) }
                return goesOn
            }
            if !goesOn { return }
        }
    }

    private func isNamed(_ letter: DeadLetter) -> Bool {
        ids.isEmpty || ids.contains { letter.id.hasPrefix($0) }
    }
}
