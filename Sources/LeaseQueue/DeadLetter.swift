internal import RedisClient

/// A job that has used up its attempts or its crashes, with its history.
public struct DeadLetter: Sendable, Hashable {
    /// A delivery of a job that failed.
    public struct Failure: Sendable, Hashable {
        /// The way in which a delivery failed.
        public enum Kind: Sendable, Hashable {
            /// The holder reported an error.
            case failed
            /// The lease expired.
            case crashed
        }

        /// The way in which the delivery failed.
        public let kind: Kind
        /// The lease's token.
        public let token: FencingToken
        /// The time of its end, in milliseconds since 1970 UTC by the server's clock.
        public let time: Int64
        /// The time of the lease, which its token contains, in milliseconds since 1970 UTC by the server's clock.
        public var leasedAt: Int64 { Int64(token.rawValue / 1000) }
        /// The consumer that held the job.
        public let consumer: String
        /// The first 2,000 bytes of the error.
        public let error: String
    }

    /// The job's id.
    public let id: String
    /// The job's payload.
    public let payload: [UInt8]
    /// The job's priority, 0 to 9.
    public let priority: Int
    /// The token of the lease that forwarded the job; `nil` if it was enqueued directly.
    public let originToken: FencingToken?
    /// The time of enqueueing, in microseconds since 1970 UTC by the server's clock.
    public let enqueuedAt: Int64
    /// The time at which the job became a dead letter, in milliseconds since 1970 UTC by the server's clock.
    public let diedAt: Int64
    /// The failures since the job was enqueued, or since it was last retried as a dead letter.
    public let failureCount: Int
    /// The leases that expired since then.
    public let crashCount: Int
    /// The releases since the job was enqueued.
    public let releaseCount: Int
    /// The failed deliveries, the oldest first; of a long history the newest 64 KiB.
    public let failures: [Failure]
}

/// Conditions that select dead letters. A dead letter has to meet all conditions that are set.
public struct DeadLetterFilter: Sendable {
    /// A text that one of the errors contains, ignoring case.
    public var errorContains: String?
    /// A text that the name of one of the consumers contains.
    public var consumerContains: String?
    /// The least time since the job became a dead letter.
    public var olderThan: Duration?

    /// Creates a filter; without arguments it selects all dead letters.
    public init(errorContains: String? = nil, consumerContains: String? = nil, olderThan: Duration? = nil) {
        self.errorContains = errorContains
        self.consumerContains = consumerContains
        self.olderThan = olderThan
    }

    /// Whether a dead letter meets the conditions.
    /// - Parameter now: the server's time, in milliseconds since 1970.
    public func matches(_ letter: DeadLetter, at now: Int64) -> Bool {
        if let olderThan, letter.diedAt > now - Int64(olderThan.milliseconds) { return false }
        if let consumerContains, !letter.failures.contains(where: { $0.consumer.contains(consumerContains) }) {
            return false
        }
        guard let text = errorContains?.lowercased() else { return true }
        return letter.failures.contains { $0.error.lowercased().contains(text) }
    }
}

extension LeaseQueues {
    /// The dead letters that one call reads, with their payloads and histories.
    private static let deadLetterPageSize = 100

    /// Returns a page of the dead letters of a queue, the oldest first.
    /// - Parameters:
    ///   - queue: a queue that was passed when connecting.
    ///   - offset: how many to skip.
    ///   - limit: how many to return at most; never more than 1,000.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func deadLetters(in queue: QueueName, offset: Int = 0, limit: Int) async throws -> [DeadLetter] {
        guard limit > 0, offset >= 0 else { return [] }
        return try await letters(in: queue, offset: offset, limit: min(limit, Self.batchLimit)).letters
    }

    /// Returns a dead letter by its id; `nil` if the queue has no such dead letter.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func deadLetter(id: String, in queue: QueueName) async throws -> DeadLetter? {
        try await letters(in: queue, only: id).letters.first
    }

    /// Calls `body` with each dead letter that a filter means, the oldest first, until it returns false.
    ///
    /// They are read page by page. If dead letters are retried or dropped in the meantime, some may be skipped.
    /// - Throws: `RedisError`, ``LeaseQueueError``, and what `body` throws.
    public func forEachDeadLetter(
        matching filter: DeadLetterFilter, in queue: QueueName, _ body: (DeadLetter) async throws -> Bool
    ) async throws {
        var offset = 0
        while true {
            let page = try await letters(in: queue, offset: offset, limit: Self.deadLetterPageSize)
            for letter in page.letters where filter.matches(letter, at: page.now) {
                guard try await body(letter) else { return }
            }
            guard page.letters.count == Self.deadLetterPageSize else { return }
            offset += page.letters.count
        }
    }

    /// Makes dead letters ready again, at the back of their priority, with a fresh attempt count.
    ///
    /// They keep their history. The next lease has a newer token than all leases before it.
    /// - Returns: how many of the ids were dead letters.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func retryDead(ids: [String], in queue: QueueName) async throws -> Int {
        let keys = try handles.handle(for: queue).keys
        var count = 0
        for piece in ids.pieces(of: Self.batchLimit) {
            var invocation = RedisInvocation(
                keys: [keys.jobs, keys.dead, keys.errors, keys.wake] + keys.readyByPriority)
            for id in piece { invocation.append(id) }
            let (reply, _) = try await evaluate(Scripts.retry, invocation)
            guard let retried = reply.number else { throw LeaseQueueError.unexpectedReply("retry", queue) }
            count += retried
        }
        return count
    }

    /// Removes dead letters permanently; their ids may be enqueued again.
    /// - Returns: how many of the ids were dead letters.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func dropDead(ids: [String], in queue: QueueName) async throws -> Int {
        try await drop(ids, from: queue, which: "dead")
    }

    /// Retries all dead letters that a filter selects, page by page.
    ///
    /// Dead letters that are added in the meantime, also by retried jobs that fail again, are not retried.
    /// - Returns: how many dead letters were retried.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func retryDead(matching filter: DeadLetterFilter, in queue: QueueName) async throws -> Int {
        try await forEachPage(of: filter, in: queue) { try await retryDead(ids: $0, in: queue) }
    }

    /// Permanently removes all dead letters that a filter selects, page by page; those that are added in the meantime
    /// stay.
    /// - Returns: how many dead letters were removed.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func dropDead(matching filter: DeadLetterFilter, in queue: QueueName) async throws -> Int {
        try await forEachPage(of: filter, in: queue) { try await dropDead(ids: $0, in: queue) }
    }

    /// Calls `remove`, which removes dead letters from the page, for one page after the other.
    private func forEachPage(
        of filter: DeadLetterFilter, in queue: QueueName, _ remove: ([String]) async throws -> Int
    ) async throws -> Int {
        var (count, offset) = (0, 0)
        var begin: Int64?
        while true {
            let page = try await letters(in: queue, offset: offset, limit: Self.deadLetterPageSize)
            let now = begin ?? page.now
            begin = now
            let old = page.letters.filter { $0.diedAt <= now }
            let ids = old.filter { filter.matches($0, at: now) }.map(\.id)
            if !ids.isEmpty { count += try await remove(ids) }
            guard !old.isEmpty, old.count == page.letters.count else { return count }
            offset += old.count - ids.count
        }
    }

    private func letters(
        in queue: QueueName, offset: Int = 0, limit: Int = 1, only id: String? = nil
    ) async throws -> (now: Int64, letters: [DeadLetter]) {
        let keys = try handles.handle(for: queue).keys
        var invocation = RedisInvocation(keys: [keys.dead, keys.jobs, keys.errors])
        invocation.append(offset)
        invocation.append(limit)
        if let id { invocation.append(id) }
        let (reply, _) = try await evaluate(Scripts.dead, invocation)
        guard let elements = reply.elements, elements.count % 4 == 1, let now = elements[0].number else {
            throw LeaseQueueError.unexpectedReply("dead", queue)
        }
        let letters = try stride(from: 1, to: elements.count, by: 4).map { index in
            guard let id = elements[index].bytes, let diedAt = elements[index + 1].number,
                let record = elements[index + 2].bytes.flatMap(JobRecord.init),
                let failures = elements[index + 3].bytes.flatMap(FailureHistory.entries)
            else { throw LeaseQueueError.unexpectedReply("dead", queue) }
            return DeadLetter(
                id: String(decoding: id, as: UTF8.self), payload: record.payload, priority: record.priority,
                originToken: record.originToken, enqueuedAt: record.enqueuedAt, diedAt: Int64(diedAt),
                failureCount: record.failures, crashCount: record.crashes, releaseCount: record.releases,
                failures: failures)
        }
        return (Int64(now), letters)
    }
}

/// Parses the history of a job: for each entry a line `KIND TOKEN TIME HOLDER-LENGTH ERROR-LENGTH`, then holder and
/// error.
enum FailureHistory {
    static func entries(_ bytes: [UInt8]) -> [DeadLetter.Failure]? {
        var entries: [DeadLetter.Failure] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let fields = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            rest = rest[(end + 1)...]
            guard fields.count == 5, let token = UInt64(fields[1]), let time = Int64(fields[2]),
                let holderLength = Int(fields[3]), let errorLength = Int(fields[4]), holderLength >= 0,
                errorLength >= 0,
                holderLength + errorLength <= rest.count
            else { return nil }
            entries.append(
                DeadLetter.Failure(
                    kind: fields[0] == "f" ? .failed : .crashed, token: FencingToken(rawValue: token), time: time,
                    consumer: String(decoding: rest.prefix(holderLength), as: UTF8.self),
                    error: String(decoding: rest.dropFirst(holderLength).prefix(errorLength), as: UTF8.self)))
            rest = rest.dropFirst(holderLength + errorLength)
        }
        return entries
    }
}
