internal import ArgumentParser
internal import LeaseQueue
internal import Pipeline
internal import Support

/// Selects dead letters. A letter must meet all given criteria.
struct DeadOptions: ParsableArguments {
    @Argument(help: "Ids of dead letters, or their first 8 or more characters.")
    var ids: [String] = []

    @Option(help: ArgumentHelp("Select queues whose name matches this regular expression.", valueName: "regex"))
    var queue: String?

    @Option(
        help: ArgumentHelp("Select dead letters with an error that contains this text, in any case.", valueName: "text")
    )
    var errorContains: String?

    @Option(
        help: ArgumentHelp(
            "Select dead letters with a failure on a worker whose name contains this.", valueName: "text"))
    var worker: String?

    @Option(help: ArgumentHelp("Select dead letters older than this: 30s, 10m, 2h, 7d.", valueName: "time"))
    var olderThan: TimeSpan?

    func validate() throws {
        for id in ids where id.count < 8 {
            throw ValidationError("the id '\(id)' is too short; give at least 8 characters")
        }
        if let queue, (try? Regex(queue)) == nil {
            throw ValidationError("invalid regular expression '\(queue)'; an example is --queue 'sql$'")
        }
    }

    /// Whether no criterion is given.
    var isEmpty: Bool {
        ids.isEmpty && queue == nil && errorContains == nil && worker == nil && olderThan == nil
    }

    /// - Throws: `ValidationError` if neither a criterion nor `--all` is given.
    func requireSelection(all: Bool) throws {
        guard all || !isEmpty else {
            throw ValidationError(
                "select dead letters with an id, with a filter such as --error-contains, or with --all")
        }
    }

    private var filter: DeadLetterFilter {
        DeadLetterFilter(errorContains: errorContains, consumerContains: worker, olderThan: olderThan?.duration)
    }

    /// The selected queues.
    private func queues() throws -> [QueueName] {
        guard let queue else { return RingQueues.all }
        let pattern = try Regex(queue)
        let names = RingQueues.all.filter { $0.rawValue.firstMatch(of: pattern) != nil }
        guard !names.isEmpty else {
            let all = RingQueues.all.map(\.rawValue).joined(separator: ", ")
            throw SettingError(description: "no queue's name matches '\(queue)'; the queues are \(all)")
        }
        return names
    }

    /// Calls `body` with every selected dead letter, the oldest of each queue first, until it returns false.
    func forEach(
        in queues: LeaseQueues, _ body: (QueueName, DeadLetter) throws -> Bool
    ) async throws {
        for queue in try self.queues() {
            var continues = true
            try await queues.forEachDeadLetter(matching: filter, in: queue) { letter in
                if ids.isEmpty || ids.contains(where: letter.id.hasPrefix) { continues = try body(queue, letter) }
                return continues
            }
            if !continues { return }
        }
    }

    /// Applies an operation to all selected dead letters: by id if ids are given, otherwise by filter.
    ///
    /// - Returns: the number of dead letters.
    func apply(
        in queues: LeaseQueues, toIDs: (QueueName, [String]) async throws -> Int,
        toMatches: (QueueName, DeadLetterFilter) async throws -> Int
    ) async throws -> Int {
        var count = 0
        if ids.isEmpty {
            for queue in try self.queues() { count += try await toMatches(queue, filter) }
            return count
        }
        var found: [QueueName: [String]] = [:]
        try await forEach(in: queues) { queue, letter in
            found[queue, default: []].append(letter.id)
            return true
        }
        for (queue, ids) in found { count += try await toIDs(queue, ids) }
        guard count > 0 else { throw SettingError(description: "no such dead letter; see atmos dead list") }
        return count
    }

    /// Makes all selected dead letters ready again, and prints how many there are.
    ///
    /// - Parameter isDryRun: whether to list them only.
    func retry(in queues: LeaseQueues, isDryRun: Bool) async throws {
        guard !isDryRun else {
            return try await forEach(in: queues) { queue, letter in
                print("retry    \(letter.id) in \(queue)")
                return true
            }
        }
        let count = try await apply(
            in: queues, toIDs: { try await queues.retryDead(ids: $1, in: $0) },
            toMatches: { try await queues.retryDead(matching: $1, in: $0) })
        print(count == 1 ? "1 job is ready again" : "\(count) jobs are ready again")
    }
}

/// A dead letter as it is printed.
struct DeadLetterRow: Encodable {
    struct Attempt: Encodable {
        let kind: String
        let worker: String
        let leasedAt: String
        let endedAt: String
        let token: UInt64
        let error: String
    }

    let queue: String
    let id: String
    let diedAt: String
    let failures: Int
    let crashes: Int
    let releases: Int
    let priority: Int
    /// The payload if it is text, otherwise its length.
    let payload: String
    let attempts: [Attempt]

    init(_ queue: QueueName, _ letter: DeadLetter) {
        self.queue = queue.rawValue
        id = letter.id
        diedAt = Self.time(letter.diedAt)
        failures = letter.failureCount
        crashes = letter.crashCount
        releases = letter.releaseCount
        priority = letter.priority
        payload = String(validating: letter.payload, as: UTF8.self) ?? "\(letter.payload.count) bytes that are not text"
        attempts = letter.failures.map { failure in
            Attempt(
                kind: failure.kind == .failed ? "failed" : "crashed", worker: failure.consumer,
                leasedAt: Self.time(failure.leasedAt), endedAt: Self.time(failure.time), token: failure.token.rawValue,
                error: failure.error)
        }
    }

    /// The beginning of the last error, on one line.
    var lastError: String {
        let line = attempts.last?.error.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 70 ? line.prefix(69) + "…" : line
    }

    private static func time(_ milliseconds: Int64) -> String {
        UTC.text(Int(milliseconds / 1_000))
    }
}
