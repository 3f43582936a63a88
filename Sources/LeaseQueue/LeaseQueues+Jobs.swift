internal import RedisClient

extension LeaseQueues {
    /// How far ``position(of:in:)`` looks.
    public static let positionBound = 10_000

    /// Where jobs are, by their ids; nil for an id that the queue does not have.
    ///
    /// The cost does not depend on the queue's length. Up to 1,000 ids are looked at in one atomic step.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func states(of ids: [String], in queue: QueueName) async throws -> [JobState?] {
        let keys = try desks.desk(queue).keys
        var states: [JobState?] = []
        for piece in ids.pieces(of: Self.batchLimit) {
            var invocation = RedisInvocation(keys: [keys.jobs, keys.held, keys.leases, keys.delayed, keys.dead])
            for id in piece { invocation.append(id) }
            let (reply, _) = try await evaluate(Scripts.states, invocation)
            guard let elements = reply.elements, elements.count == 1 + 3 * piece.count, let now = elements[0].number
            else { throw LeaseQueueError.unexpectedReply("states", queue) }
            for index in stride(from: 1, to: elements.count, by: 3) {
                states.append(try Self.state(elements[index...index + 2], now: now, queue: queue))
            }
        }
        return states
    }

    /// How many jobs will be leased before a ready one, if nothing of higher priority comes in; nil when the job is not
    /// ready, or when more than ``positionBound`` jobs of its own priority are ahead of it.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func position(of id: String, in queue: QueueName) async throws -> Int? {
        let keys = try desks.desk(queue).keys
        var invocation = RedisInvocation(keys: [keys.jobs] + keys.readyInOrder)
        invocation.append(id)
        invocation.append(Self.positionBound)
        let (reply, _) = try await evaluate(Scripts.position, invocation)
        guard let ahead = reply.number else { throw LeaseQueueError.unexpectedReply("position", queue) }
        return ahead < 0 ? nil : ahead
    }

    /// A page of the ids of all jobs of a queue, whatever state they are in, in no order.
    ///
    /// A job that is there from the first page to the last is in at least one of them; one that comes or goes meanwhile
    /// may be in none or in several.
    /// - Parameters:
    ///   - cursor: where the page begins; nil for the first.
    ///   - limit: about how many ids, 1 to 1,000; the server may answer some more or fewer.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func jobIDs(
        in queue: QueueName, after cursor: JobIDPage.Cursor? = nil, limit: Int = batchLimit
    ) async throws -> JobIDPage {
        var invocation = RedisInvocation(keys: [try desks.desk(queue).keys.jobs])
        invocation.append(cursor?.rawValue ?? "0")
        invocation.append(min(max(limit, 1), Self.batchLimit))
        let (reply, _) = try await evaluate(Scripts.ids, invocation)
        guard let elements = reply.elements, let next = elements.first?.text else {
            throw LeaseQueueError.unexpectedReply("ids", queue)
        }
        return JobIDPage(
            ids: elements.dropFirst().map { String(decoding: $0.bytes ?? [], as: UTF8.self) },
            next: next == "0" ? nil : JobIDPage.Cursor(rawValue: next))
    }

    /// Removes jobs that are ready, delayed or dead; a leased one is left to its holder.
    ///
    /// A ready job has to be looked for in its list: to remove many from a long queue takes many calls, each of which is
    /// short and atomic. To remove them all, purge the queue.
    /// - Returns: how many jobs were removed.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func drop(ids: [String], from queue: QueueName) async throws -> Int {
        try await drop(ids, from: queue, which: "any")
    }

    /// Removes those of the jobs that `which` names: `any` that nobody holds, or only those that are `dead`.
    func drop(_ ids: [String], from queue: QueueName, which: String) async throws -> Int {
        let keys = try desks.desk(queue).keys
        var removed = 0
        var dealt = 0
        while dealt < ids.count {
            var invocation = RedisInvocation(
                keys: [keys.jobs, keys.held, keys.delayed, keys.dead, keys.errors] + keys.readyInOrder)
            invocation.append(which)
            for id in ids[dealt...].prefix(Self.batchLimit) { invocation.append(id) }
            let (reply, _) = try await evaluate(Scripts.drop, invocation)
            guard let numbers = reply.elements?.compactMap(\.number), numbers.count == 2, numbers[0] > 0 else {
                throw LeaseQueueError.unexpectedReply("drop", queue)
            }
            dealt += numbers[0]
            removed += numbers[1]
        }
        return removed
    }

    private static func state(_ elements: ArraySlice<RedisValue>, now: Int, queue: QueueName) throws -> JobState? {
        let (kind, number, holder) = (elements.first?.text, elements.dropFirst().first?.number, elements.last?.bytes)
        switch (kind, number) {
        case ("-", _): return nil
        case ("r", let priority?): return .ready(priority: priority)
        case ("d", let due?): return .delayed(dueIn: .microseconds(due * 1000 - now))
        case ("x", _): return .dead
        case ("l", let end?):
            guard let holder = holder.flatMap(HolderRecord.init) else { break }
            return .leased(
                holder: holder.consumer, token: holder.token, age: holder.age(at: now),
                timeLeft: .microseconds(end * 1000 - now), note: holder.note)
        default: break
        }
        throw LeaseQueueError.unexpectedReply("states", queue)
    }
}

extension Array {
    /// The elements in their order, so many at a time.
    func pieces(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}
