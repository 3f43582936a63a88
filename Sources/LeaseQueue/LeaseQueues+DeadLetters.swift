internal import RedisClient

extension LeaseQueues {
    /// How many dead letters are looked at in one call, with their payloads and histories.
    private static let letterPage = 100

    /// A page of the dead letters of a queue, the oldest first.
    /// - Parameters:
    ///   - offset: how many to skip.
    ///   - limit: how many at most; no more than 1,000 come.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func deadLetters(in queue: QueueName, offset: Int = 0, limit: Int) async throws -> [DeadLetter] {
        guard limit > 0, offset >= 0 else { return [] }
        return try await letters(in: queue, offset: offset, limit: min(limit, Self.batchLimit)).letters
    }

    /// A dead letter by its id; nil when the queue has no such dead letter.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func deadLetter(id: String, in queue: QueueName) async throws -> DeadLetter? {
        try await letters(in: queue, only: id).letters.first
    }

    /// Calls `body` with each dead letter that a filter means, the oldest first, until it returns false.
    ///
    /// They are read page by page. Where others retry or drop dead letters meanwhile, some may be left out.
    /// - Throws: `RedisError`, ``LeaseQueueError``, and what `body` throws.
    public func forEachDeadLetter(
        matching filter: DeadLetterFilter, in queue: QueueName, _ body: (DeadLetter) async throws -> Bool
    ) async throws {
        var offset = 0
        while true {
            let page = try await letters(in: queue, offset: offset, limit: Self.letterPage)
            for letter in page.letters where filter.matches(letter, at: page.now) {
                guard try await body(letter) else { return }
            }
            guard page.letters.count == Self.letterPage else { return }
            offset += page.letters.count
        }
    }

    /// Makes dead letters ready again, at the back of their priority, with all their attempts before them.
    ///
    /// Their history stays with them. The next lease has a newer token than all before it.
    /// - Returns: how many of the ids were dead letters.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func retryDead(ids: [String], in queue: QueueName) async throws -> Int {
        let keys = try desks.desk(queue).keys
        var count = 0
        for piece in ids.pieces(of: Self.batchLimit) {
            var invocation = RedisInvocation(keys: [keys.jobs, keys.dead, keys.errors, keys.wake] + keys.readyInOrder)
            for id in piece { invocation.append(id) }
            let (reply, _) = try await evaluate(Scripts.retry, invocation)
            guard let retried = reply.number else { throw LeaseQueueError.unexpectedReply("retry", queue) }
            count += retried
        }
        return count
    }

    /// Removes dead letters for good; their ids are free again.
    /// - Returns: how many of the ids were dead letters.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func dropDead(ids: [String], in queue: QueueName) async throws -> Int {
        try await drop(ids, from: queue, which: "dead")
    }

    /// Retries all dead letters that a filter means, in bounded steps.
    ///
    /// Those that are added meanwhile, also by jobs that die once more, are left alone.
    /// - Returns: how many there were.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func retryDead(matching filter: DeadLetterFilter, in queue: QueueName) async throws -> Int {
        try await forEachPage(of: filter, in: queue) { try await retryDead(ids: $0, in: queue) }
    }

    /// Removes all dead letters for good that a filter means, in bounded steps; those that are added meanwhile are left.
    /// - Returns: how many there were.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func dropDead(matching filter: DeadLetterFilter, in queue: QueueName) async throws -> Int {
        try await forEachPage(of: filter, in: queue) { try await dropDead(ids: $0, in: queue) }
    }

    /// Does something that removes dead letters, page by page.
    private func forEachPage(
        of filter: DeadLetterFilter, in queue: QueueName, _ remove: ([String]) async throws -> Int
    ) async throws -> Int {
        var (count, offset) = (0, 0)
        var begin: Int64?
        while true {
            let page = try await letters(in: queue, offset: offset, limit: Self.letterPage)
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
        let keys = try desks.desk(queue).keys
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
