internal import RedisClient
internal import Synchronization

extension LeaseQueues {
    /// The longest wait at a stretch: what a lost wake-up can cost.
    static let longestStretch = Duration.seconds(1)

    /// Leases up to `count` jobs, the highest priority first and within a priority whoever came first.
    ///
    /// Takes up, in passing, leases that ran out and delayed jobs that are due.
    /// - Parameters:
    ///   - count: 0 to 1,000.
    ///   - leaseTime: nil stands for the queue's; at least 10 ms.
    ///   - wait: how long to wait for a job when there is none. Waiting blocks on the server, with no more than two
    ///     commands a second, and ends early when the control state is `drain` or `stop`.
    /// - Throws: `RedisError`, ``LeaseQueueError``, and `CancellationError` while waiting.
    public func lease(
        _ count: Int, from queue: QueueName, leaseTime: Duration? = nil, wait: Duration = .zero
    ) async throws -> LeaseReply {
        let desk = try desks.desk(queue)
        let end = ContinuousClock.now.advanced(by: wait)
        while true {
            let reply = try await cycle([], desk, count: count, leaseTime: leaseTime).next
            let rest = ContinuousClock.now.duration(to: end)
            if !reply.leases.isEmpty || count == 0 || rest <= .zero { return reply }
            switch reply.control {
            case .drain, .stop: return reply
            // Blocking on the wake list would return at every job that comes in, though none may be leased.
            case .pause: try await Task.sleep(for: min(rest, Self.longestStretch))
            case .run:
                // Times are in whole milliseconds: one more, so as not to come a moment too early.
                let nextEvent = reply.nextEvent.map { $0 + .milliseconds(1) } ?? Self.longestStretch
                _ = try await waitOnce(for: [desk], within: min(rest, nextEvent, Self.longestStretch))
            }
        }
    }

    /// Waits on the server until one of the queues may have work, or the time is up.
    ///
    /// A hint, no promise: another consumer may be faster. Delayed jobs and leases that run out give no hint: wait no
    /// longer than the last reply's ``LeaseReply/nextEvent``.
    /// - Returns: the queues that may have work; nil when the time is up.
    /// - Throws: `RedisError`, ``LeaseQueueError``, `CancellationError`.
    public func waitForWork(in queues: [QueueName], upTo limit: Duration) async throws -> [QueueName]? {
        let desks = try queues.map { try self.desks.desk($0) }
        guard !desks.isEmpty else {
            throw LeaseQueueError(.invalidArgument, "There is no queue to wait for; name at least one.")
        }
        let end = ContinuousClock.now.advanced(by: limit)
        while true {
            let rest = ContinuousClock.now.duration(to: end)
            if rest <= .zero { return nil }
            if let queue = try await waitOnce(for: desks, within: min(rest, Self.longestStretch)) { return [queue] }
        }
    }

    /// One run of `cycle.lua`.
    func cycle(
        _ outcomes: [Outcome], _ desk: QueueDesk, count: Int, leaseTime: Duration?
    ) async throws -> CycleReply {
        guard (0...Self.batchLimit).contains(count) else {
            throw LeaseQueueError(.invalidArgument, "One call leases 0 to \(Self.batchLimit) jobs, not \(count).")
        }
        let leaseTime = try Self.checked(leaseTime ?? desk.configuration.leaseTime)
        let request = CycleRequest(
            outcomes: outcomes, count: count, leaseTime: leaseTime, consumer: consumer,
            number: requests.add(1, ordering: .relaxed).newValue)
        let (reply, sent) = try await evaluate(Scripts.cycle) { attempt in
            try request.invocation(for: desk, desks: desks, try: attempt)
        }
        return try CycleReply(reply, queue: desk.configuration.name, sent: sent, leaseTime: leaseTime)
    }

    static func checked(_ leaseTime: Duration) throws -> Duration {
        guard leaseTime >= .milliseconds(10) else {
            throw LeaseQueueError(
                .invalidArgument, "A lease time of \(leaseTime) is too short; it must be at least 10 ms.")
        }
        return leaseTime
    }

    private func waitOnce(for desks: [QueueDesk], within limit: Duration) async throws -> QueueName? {
        do {
            let index = try await waiting.takeFirst(of: desks.map(\.keys.wake), within: limit)
            return index.map { desks[$0].configuration.name }
        } catch let error as RedisError where error.isTransient && !connection.isClosed {
            // Whoever waits asks for jobs again, which tells whether the server is gone for longer.
            try await Task.sleep(for: min(limit, .milliseconds(100)))
            return nil
        }
    }
}
