internal import RedisClient

extension LeaseQueues {
    /// How many jobs are in each state, of all queues at one and the same instant.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func counts() async throws -> [QueueName: QueueCounts] {
        guard let first = desks.all.first else { return [:] }
        let keys = desks.all.flatMap { [$0.keys.delayed, $0.keys.leases, $0.keys.dead] + $0.keys.readyInOrder }
        let (reply, _) = try await evaluate(Scripts.counts, RedisInvocation(keys: keys))
        let numbers = reply.elements?.compactMap(\.number) ?? []
        guard numbers.count == 4 * desks.all.count else {
            throw LeaseQueueError.unexpectedReply("counts", first.configuration.name)
        }
        var counts: [QueueName: QueueCounts] = [:]
        for (index, desk) in desks.all.enumerated() {
            let four = numbers[4 * index..<4 * index + 4]
            counts[desk.configuration.name] = QueueCounts(
                ready: four[4 * index], delayed: four[4 * index + 1], leased: four[4 * index + 2],
                dead: four[4 * index + 3])
        }
        return counts
    }

    /// A page of the leases of a queue, the first to run out first.
    /// - Parameters:
    ///   - offset: how many to skip.
    ///   - limit: how many at most; no more than 1,000 come.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func heldLeases(in queue: QueueName, offset: Int = 0, limit: Int) async throws -> [HeldLease] {
        let keys = try desks.desk(queue).keys
        guard limit > 0, offset >= 0 else { return [] }
        var invocation = RedisInvocation(keys: [keys.leases, keys.held])
        invocation.append(offset)
        invocation.append(min(limit, Self.batchLimit))
        let (reply, _) = try await evaluate(Scripts.held, invocation)
        guard let elements = reply.elements, elements.count % 3 == 1, let now = elements[0].number else {
            throw LeaseQueueError.unexpectedReply("held", queue)
        }
        return try stride(from: 1, to: elements.count, by: 3).map { index in
            guard let id = elements[index].bytes, let end = elements[index + 1].number,
                let holder = elements[index + 2].bytes.flatMap(HolderRecord.init)
            else { throw LeaseQueueError.unexpectedReply("held", queue) }
            return HeldLease(
                id: String(decoding: id, as: UTF8.self), consumer: holder.consumer, token: holder.token,
                age: holder.age(at: now), timeLeft: .microseconds(end * 1000 - now), note: holder.note)
        }
    }
}
