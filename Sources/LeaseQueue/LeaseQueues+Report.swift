internal import RedisClient

extension LeaseQueues {
    /// What is to be known of a queue as a whole: counts, rates, the oldest job's age, consumers. Its cost does not grow
    /// with the queue.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func report(of queue: QueueName) async throws -> QueueReport {
        let keys = try desks.desk(queue).keys
        var invocation = RedisInvocation(
            keys: [namespace.control, keys.jobs, keys.leases, keys.delayed, keys.dead, keys.rates, keys.consumers]
                + keys.readyInOrder)
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
