internal import RedisClient

extension LeaseQueues {
    /// Sets the control state of a queue; its consumers get it with their next reply.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setControl(_ state: ControlState, for queue: QueueName) async throws {
        try await set([(NamespaceKeys.stateField(queue), state.rawValue, queue)])
    }

    /// Sets the control state of all queues that were passed when connecting, in one atomic step.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setControl(_ state: ControlState) async throws {
        try await set(queues.map { (NamespaceKeys.stateField($0), state.rawValue, $0) })
    }

    /// Returns the control state that was set for a queue; `run` by default.
    ///
    /// Replies to consumers also have the state `drain` while the queue's budget is used up.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func control(of queue: QueueName) async throws -> ControlState {
        guard let text = try await setting(NamespaceKeys.stateField(queue), of: queue) else { return .run }
        guard let state = ControlState(rawValue: text) else { throw LeaseQueueError.unexpectedReply("HGET", queue) }
        return state
    }

    /// Limits how many more jobs of a queue may end, by being completed or by becoming dead letters; `nil` removes the
    /// limit.
    ///
    /// No more jobs are leased than may end, so the limit is exact with any number of consumers. When it is used up,
    /// replies have the state `drain`.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setBudget(_ budget: Int?, for queue: QueueName) async throws {
        try await set(NamespaceKeys.budgetField(queue), to: budget, named: "budget", for: queue)
    }

    /// Returns how many more jobs of a queue may end; `nil` if there is no limit.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func budget(of queue: QueueName) async throws -> Int? {
        try await number(NamespaceKeys.budgetField(queue), of: queue)
    }

    /// Limits how many jobs, in all states together, a queue may have before it refuses new ones; `nil` removes the
    /// limit.
    ///
    /// The limit is stored on the server and applies to every producer from the next job on; jobs in the queue are not
    /// affected. A producer with a smaller ``QueueConfiguration/maximumJobs`` uses that. Forwarded jobs are always
    /// accepted.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setLimit(_ limit: Int?, for queue: QueueName) async throws {
        try await set(NamespaceKeys.limitField(queue), to: limit, named: "limit", for: queue)
    }

    /// Returns the limit that ``setLimit(_:for:)`` set; `nil` if there is none.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func limit(of queue: QueueName) async throws -> Int? {
        try await number(NamespaceKeys.limitField(queue), of: queue)
    }

    /// Deletes every key of the queues that were passed when connecting, and the namespace's control states, budgets
    /// and limits.
    ///
    /// - Important: All jobs are lost, including leased ones.
    /// - Throws: `RedisError`.
    public func clear() async throws {
        var command = RedisCommand("UNLINK", namespace.control)
        for handle in handles.all {
            for key in handle.keys.all + [handle.keys.finished(consumer)] { command.append(key) }
        }
        _ = try await retrying { try await connection.send(command) }
    }

    /// Records which build of a model the consumers run, so that a consumer with another one is noticed.
    ///
    /// - Parameter replacing: whether to replace a recorded build.
    /// - Returns: the build that is recorded then.
    /// - Throws: `RedisError`.
    public func recordModel(_ build: String, replacing: Bool = false) async throws -> String {
        let control = namespace.control
        _ = try await retrying {
            try await connection.send(replacing ? "HSET" : "HSETNX", control, NamespaceKeys.modelField, build)
        }
        return try await retrying { try await connection.send("HGET", control, NamespaceKeys.modelField) }.text ?? build
    }

    private func set(_ field: String, to number: Int?, named name: String, for queue: QueueName) async throws {
        if let number, number < 0 {
            throw LeaseQueueError(
                .invalidArgument, "invalid \(name) \(number) of queue '\(queue)': must not be negative")
        }
        try await set([(field, number.map(String.init) ?? "", queue)])
    }

    private func set(_ settings: [(field: String, value: String, queue: QueueName)]) async throws {
        var invocation = RedisInvocation(
            keys: [namespace.control] + (try settings.map { try handles.handle(for: $0.queue).keys.wake }))
        for setting in settings {
            invocation.append(setting.field)
            invocation.append(setting.value)
        }
        _ = try await evaluate(Scripts.control, invocation)
    }

    private func number(_ field: String, of queue: QueueName) async throws -> Int? {
        guard let text = try await setting(field, of: queue) else { return nil }
        guard let number = Int(text) else { throw LeaseQueueError.unexpectedReply("HGET", queue) }
        return number
    }

    private func setting(_ field: String, of queue: QueueName) async throws -> String? {
        _ = try handles.handle(for: queue)
        return try await retrying { try await connection.send("HGET", namespace.control, field) }.text
    }
}

/// The jobs that a purge would remove, and the token that confirms it.
public struct PurgeConfirmation: Sendable, Hashable {
    /// A token with the queue's name and the number of jobs in each state; valid for ten minutes and one purge.
    public let token: String
    /// The jobs that the purge would remove.
    public let counts: QueueCounts
}

extension LeaseQueues {
    /// Returns the jobs that a purge of a queue would remove, and the token for it.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func preparePurge(of queue: QueueName) async throws -> PurgeConfirmation {
        try await purge(queue, token: "")
    }

    /// Removes all jobs of a queue: ready, delayed, leased and dead, with their histories.
    ///
    /// All leases are lost: ending one is answered as stale. Control state, budget and rates stay. The time for which
    /// the server's other clients wait does not grow with the queue.
    /// - Parameters:
    ///   - queue: a queue that was passed when connecting.
    ///   - token: the token of ``preparePurge(of:)``, at most ten minutes old.
    /// - Returns: how many jobs were removed.
    /// - Throws: ``LeaseQueueError`` with the code `notConfirmed` if the token is invalid or too old, or if the queue
    ///   has more jobs than the token names; nothing is removed then. `RedisError`.
    public func purge(_ queue: QueueName, token: String) async throws -> QueueCounts {
        guard !token.isEmpty else { throw LeaseQueueError.notConfirmed(queue, QueueCounts()) }
        let reply: PurgeConfirmation = try await purge(queue, token: token)
        guard reply.token == token else { throw LeaseQueueError.notConfirmed(queue, reply.counts) }
        return reply.counts
    }

    private func purge(_ queue: QueueName, token: String) async throws -> PurgeConfirmation {
        let keys = try handles.handle(for: queue).keys
        var invocation = RedisInvocation(
            keys: [namespace.control, keys.leases, keys.delayed, keys.dead] + keys.readyByPriority
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
        let jobs = counts.outstanding + counts.dead
        return LeaseQueueError(
            .notConfirmed,
            "the purge of queue '\(queue)' is not confirmed, nothing was removed: the token is invalid or older than "
                + "ten minutes, or the queue has more jobs now (\(jobs)); request a new token")
    }
}

/// The instruction to the consumers of a queue, which is part of every reply.
public enum ControlState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Jobs are leased.
    case run
    /// No job is leased. Consumers finish their leased jobs and wait.
    case pause
    /// No job is leased. Consumers finish their leased jobs and exit. Also the state while the queue's budget is used
    /// up.
    case drain
    /// No job is leased. Consumers cancel their work, release their jobs and exit.
    case stop

    /// The order of the states; of several queues' states the strictest counts.
    var strictness: Int {
        switch self {
        case .run: 0
        case .pause: 1
        case .drain: 2
        case .stop: 3
        }
    }
}
