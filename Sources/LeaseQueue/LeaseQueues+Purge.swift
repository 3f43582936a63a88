internal import RedisClient

/// What a purge would remove, and the token that confirms it.
public struct PurgeConfirmation: Sendable, Hashable {
    /// Names the queue and how many jobs it has in each state; good for ten minutes, once.
    public let token: String
    /// How many jobs there are.
    public let counts: QueueCounts
}

extension LeaseQueues {
    /// Says what a purge of a queue would remove, and gives the token for it.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func preparePurge(of queue: QueueName) async throws -> PurgeConfirmation {
        try await purge(queue, token: "")
    }

    /// Removes all jobs of a queue: ready, delayed, leased and dead, with their histories.
    ///
    /// Whoever holds a lease has lost it: ending it is answered as stale. Control state, budget and rates stay. The cost
    /// for the server's other clients does not grow with the queue.
    /// - Parameter token: of ``preparePurge(of:)``, not longer than ten minutes ago.
    /// - Returns: how many jobs were removed.
    /// - Throws: ``LeaseQueueError`` with the code `notConfirmed` when the token is another or too old, or when the queue
    ///   has more jobs by now than it names; nothing is removed then. `RedisError`.
    public func purge(_ queue: QueueName, token: String) async throws -> QueueCounts {
        guard !token.isEmpty else { throw LeaseQueueError.notConfirmed(queue, QueueCounts()) }
        let reply: PurgeConfirmation = try await purge(queue, token: token)
        guard reply.token == token else { throw LeaseQueueError.notConfirmed(queue, reply.counts) }
        return reply.counts
    }

    private func purge(_ queue: QueueName, token: String) async throws -> PurgeConfirmation {
        let keys = try desks.desk(queue).keys
        var invocation = RedisInvocation(
            keys: [namespace.control, keys.leases, keys.delayed, keys.dead] + keys.readyInOrder
                + [keys.jobs, keys.held, keys.errors, keys.wake])
        invocation.append(queue.rawValue)
        invocation.append(token)
        invocation.append(String(UInt32.random(in: 0...UInt32.max), radix: 36))
        let (reply, _) = try await evaluate(Scripts.purge, invocation)
        guard let elements = reply.elements, elements.count == 5, let answer = elements[0].text else {
            throw LeaseQueueError.unexpectedReply("purge", queue)
        }
        let numbers = elements.dropFirst().compactMap(\.number)
        guard numbers.count == 4 else { throw LeaseQueueError.unexpectedReply("purge", queue) }
        return PurgeConfirmation(
            token: answer,
            counts: QueueCounts(ready: numbers[0], delayed: numbers[1], leased: numbers[2], dead: numbers[3]))
    }
}

extension LeaseQueueError {
    fileprivate static func notConfirmed(_ queue: QueueName, _ counts: QueueCounts) -> LeaseQueueError {
        LeaseQueueError(
            .notConfirmed,
            "The purge of queue \(queue) is not confirmed, so nothing was removed: the token is another's or older than ten "
                + "minutes, or the queue has more jobs by now (\(counts.outstanding + counts.dead)); ask for a new one."
        )
    }
}
