internal import RedisClient

extension LeaseQueues {
    /// Sets what the consumers of a queue are to do; they learn it with their next reply.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setControl(_ state: ControlState, for queue: QueueName) async throws {
        try await set([(NamespaceKeys.stateField(queue), state.rawValue, queue)])
    }

    /// Sets what the consumers of all queues are to do that were named when connecting, in one atomic step.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setControl(_ state: ControlState) async throws {
        try await set(queues.map { (NamespaceKeys.stateField($0), state.rawValue, $0) })
    }

    /// What was set for the consumers of a queue; `run` when nothing was.
    ///
    /// Replies say `drain` as well while the queue's budget is used up.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func control(of queue: QueueName) async throws -> ControlState {
        guard let text = try await setting(NamespaceKeys.stateField(queue), of: queue) else { return .run }
        guard let state = ControlState(rawValue: text) else { throw LeaseQueueError.unexpectedReply("HGET", queue) }
        return state
    }

    /// Limits how many more jobs of a queue may end, by being completed or by becoming dead letters; nil is no limit.
    ///
    /// No more jobs are leased than could end, so that the limit is exact with any number of consumers. Once it is used
    /// up, replies say `drain`.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setBudget(_ budget: Int?, for queue: QueueName) async throws {
        try await set(NamespaceKeys.budgetField(queue), budget, "budget", queue)
    }

    /// How many more jobs of a queue may end; nil is no limit.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func budget(of queue: QueueName) async throws -> Int? {
        try await number(NamespaceKeys.budgetField(queue), of: queue)
    }

    /// Limits how many jobs may be in a queue, in all states together, before it takes no new ones from anybody; nil is no
    /// limit.
    ///
    /// It lies on the server, so that every producer obeys, and holds from the next job on: at once, and without touching
    /// those that are there. A producer whose own ``QueueConfiguration/maximumJobs`` is smaller keeps to that. Forwarded
    /// jobs always land.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func setLimit(_ limit: Int?, for queue: QueueName) async throws {
        try await set(NamespaceKeys.limitField(queue), limit, "limit", queue)
    }

    /// How many jobs may be in a queue as ``setLimit(_:for:)`` set it; nil is no limit.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func limit(of queue: QueueName) async throws -> Int? {
        try await number(NamespaceKeys.limitField(queue), of: queue)
    }

    /// Deletes every key of the queues that were named when connecting, and the namespace's control, budgets and limits.
    ///
    /// - Important: All jobs are lost, also those that consumers hold.
    /// - Throws: `RedisError`.
    public func clear() async throws {
        var command = RedisCommand("UNLINK", namespace.control)
        for desk in desks.all {
            for key in desk.keys.all + [desk.keys.finished(consumer)] { command.append(key) }
        }
        _ = try await repeatedly { try await connection.send(command) }
    }

    private func set(_ field: String, _ number: Int?, _ what: String, _ queue: QueueName) async throws {
        if let number, number < 0 {
            throw LeaseQueueError(.invalidArgument, "The \(what) of queue \(queue) cannot be negative (\(number)).")
        }
        try await set([(field, number.map(String.init) ?? "", queue)])
    }

    private func set(_ settings: [(field: String, value: String, queue: QueueName)]) async throws {
        var invocation = RedisInvocation(
            keys: [namespace.control] + (try settings.map { try desks.desk($0.queue).keys.wake }))
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
        _ = try desks.desk(queue)
        return try await repeatedly { try await connection.send("HGET", namespace.control, field) }.text
    }
}
