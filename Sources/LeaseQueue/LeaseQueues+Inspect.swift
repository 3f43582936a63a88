internal import RedisClient

extension LeaseQueues {
    /// Returns the number of jobs in each state, of all queues at the same instant.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func counts() async throws -> [QueueName: QueueCounts] {
        guard let first = handles.all.first else { return [:] }
        let keys = handles.all.flatMap { [$0.keys.delayed, $0.keys.leases, $0.keys.dead] + $0.keys.readyByPriority }
        let (reply, _) = try await evaluate(Scripts.counts, RedisInvocation(keys: keys))
        let numbers = reply.elements?.compactMap(\.number) ?? []
        guard numbers.count == 4 * handles.all.count else {
            throw LeaseQueueError.unexpectedReply("counts", first.configuration.name)
        }
        var counts: [QueueName: QueueCounts] = [:]
        for (index, handle) in handles.all.enumerated() {
            let four = numbers[4 * index..<4 * index + 4]
            counts[handle.configuration.name] = QueueCounts(
                ready: four[4 * index], delayed: four[4 * index + 1], leased: four[4 * index + 2],
                dead: four[4 * index + 3])
        }
        return counts
    }

    /// Returns a page of the leases of a queue, the first to expire first.
    /// - Parameters:
    ///   - queue: a queue that was passed when connecting.
    ///   - offset: how many to skip.
    ///   - limit: how many to return at most; never more than 1,000.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func heldLeases(in queue: QueueName, offset: Int = 0, limit: Int) async throws -> [HeldLease] {
        let keys = try handles.handle(for: queue).keys
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

extension LeaseQueues {
    /// The limit for the jobs that ``position(of:in:)`` searches.
    public static let maxPositionLookup = 10_000

    /// Returns the states of jobs by their ids; `nil` for an id that the queue does not have.
    ///
    /// The cost does not depend on the queue's length. Up to 1,000 ids are read in one atomic step.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func states(of ids: [String], in queue: QueueName) async throws -> [JobState?] {
        let keys = try handles.handle(for: queue).keys
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

    /// Returns how many jobs will be leased before a ready one, unless jobs of higher priority are added; `nil` if the
    /// job is not ready, or if more than ``maxPositionLookup`` jobs of its priority are ahead of it.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func position(of id: String, in queue: QueueName) async throws -> Int? {
        let keys = try handles.handle(for: queue).keys
        var invocation = RedisInvocation(keys: [keys.jobs] + keys.readyByPriority)
        invocation.append(id)
        invocation.append(Self.maxPositionLookup)
        let (reply, _) = try await evaluate(Scripts.position, invocation)
        guard let ahead = reply.number else { throw LeaseQueueError.unexpectedReply("position", queue) }
        return ahead < 0 ? nil : ahead
    }

    /// Returns a page of the ids of all jobs of a queue, in any state, unordered.
    ///
    /// A job that is in the queue from the first page to the last is on at least one of them; a job that is added or
    /// removed in the meantime may be on none or on several.
    /// - Parameters:
    ///   - queue: a queue that was passed when connecting.
    ///   - cursor: the position of the page; `nil` for the first.
    ///   - limit: about how many ids, 1 to 1,000; the server may return some more or fewer.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func jobIDs(
        in queue: QueueName, after cursor: JobIDPage.Cursor? = nil, limit: Int = batchLimit
    ) async throws -> JobIDPage {
        var invocation = RedisInvocation(keys: [try handles.handle(for: queue).keys.jobs])
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

    /// Returns a page of the ready jobs, in the order in which they are leased, without leasing them.
    ///
    /// Jobs move between the reading of two pages: a job may be on both or on neither.
    /// - Parameters:
    ///   - queue: a queue that was passed when connecting.
    ///   - offset: how many to skip.
    ///   - limit: how many to return at most, 1 to 1,000.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func readyJobs(
        in queue: QueueName, offset: Int = 0, limit: Int = batchLimit
    ) async throws -> [ReadyJob] {
        let keys = try handles.handle(for: queue).keys
        var invocation = RedisInvocation(keys: [keys.jobs, keys.errors] + keys.readyByPriority)
        invocation.append(max(offset, 0))
        invocation.append(min(max(limit, 1), Self.batchLimit))
        let (reply, _) = try await evaluate(Scripts.ready, invocation)
        guard let elements = reply.elements, elements.count % 3 == 0 else {
            throw LeaseQueueError.unexpectedReply("ready", queue)
        }
        return try stride(from: 0, to: elements.count, by: 3).map { index in
            guard let id = elements[index].bytes, let record = elements[index + 1].bytes.flatMap(JobRecord.init),
                let history = elements[index + 2].number
            else { throw LeaseQueueError.unexpectedReply("ready", queue) }
            return ReadyJob(id: String(decoding: id, as: UTF8.self), record: record, history: history)
        }
    }

    /// Removes jobs that are ready, delayed or dead; leased jobs stay.
    ///
    /// A ready job has to be searched for in its list: removing many jobs from a long queue takes many calls, each of
    /// which is short and atomic. To remove all jobs, purge the queue.
    /// - Returns: how many jobs were removed.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func drop(ids: [String], from queue: QueueName) async throws -> Int {
        try await drop(ids, from: queue, which: "any")
    }

    /// Removes jobs that are not leased.
    /// - Parameter which: `any` of them, or those that are `dead`.
    func drop(_ ids: [String], from queue: QueueName, which: String) async throws -> Int {
        let keys = try handles.handle(for: queue).keys
        var removed = 0
        var handled = 0
        while handled < ids.count {
            var invocation = RedisInvocation(
                keys: [keys.jobs, keys.held, keys.delayed, keys.dead, keys.errors] + keys.readyByPriority)
            invocation.append(which)
            for id in ids[handled...].prefix(Self.batchLimit) { invocation.append(id) }
            let (reply, _) = try await evaluate(Scripts.drop, invocation)
            guard let numbers = reply.elements?.compactMap(\.number), numbers.count == 2, numbers[0] > 0 else {
                throw LeaseQueueError.unexpectedReply("drop", queue)
            }
            handled += numbers[0]
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
    /// The elements in their order, in pieces of `count`.
    func pieces(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
    }
}

extension LeaseQueues {
    /// Returns a summary of a queue: counts, rates, the oldest job's age, consumers. The cost does not grow with the
    /// queue.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func report(of queue: QueueName) async throws -> QueueReport {
        let keys = try handles.handle(for: queue).keys
        var invocation = RedisInvocation(
            keys: [namespace.control, keys.jobs, keys.leases, keys.delayed, keys.dead, keys.rates, keys.consumers]
                + keys.readyByPriority)
        invocation.append(queue.rawValue)
        invocation.append(100)
        let (reply, _) = try await evaluate(Scripts.report, invocation)
        guard let elements = reply.elements, elements.count >= 11, elements.count % 2 == 1,
            let now = elements[0].number, let state = elements[1].text, let totals = elements[8].bytes,
            let rates = elements[9].bytes
        else { throw LeaseQueueError.unexpectedReply("report", queue) }
        let numbers = elements[3...6].compactMap(\.number)
        guard numbers.count == 4, let control = state.isEmpty ? .run : ControlState(rawValue: state) else {
            throw LeaseQueueError.unexpectedReply("report", queue)
        }
        let current = QueueTotals(totals[...])
        let minuteSlots = min(60 * QueueTotals.width, rates.count)
        let second = now / 1_000_000
        let consumers = try stride(from: 11, to: elements.count, by: 2).map { index in
            guard let name = elements[index].bytes, let seen = elements[index + 1].number else {
                throw LeaseQueueError.unexpectedReply("report", queue)
            }
            return QueueReport.Consumer(
                name: String(decoding: name, as: UTF8.self), lastSeen: .microseconds(max(now - seen * 1000, 0)))
        }
        return QueueReport(
            counts: QueueCounts(ready: numbers[0], delayed: numbers[1], leased: numbers[2], dead: numbers[3]),
            control: control, budget: elements[2].number, limit: elements[10].number,
            oldestReadyAge: elements[7].number.map { .microseconds(max(now - $0, 0)) },
            lastMinute: QueueTotals.rates(current, slots: rates[..<minuteSlots], after: second - 60),
            lastHour: QueueTotals.rates(current, slots: rates[minuteSlots...], after: second - 3600),
            consumers: consumers)
    }
}
