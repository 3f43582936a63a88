internal import RedisClient

extension LeaseQueues {
    /// How many bytes of payload go into one call, so that no call holds up the server for long.
    private static let bytesPerCall = 4 << 20

    /// Enqueues jobs, in their order.
    ///
    /// An id that is ready, delayed, leased or dead in the queue already is not enqueued again. Jobs go in calls of up to
    /// 1,000, each of which is atomic. After a connection broke, an answer may be false for a job that this very call
    /// enqueued before.
    /// - Returns: for each job whether it was new.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func enqueue(_ jobs: [Job], to queue: QueueName) async throws -> [Bool] {
        let desk = try desks.desk(queue)
        for job in jobs { try job.validate() }
        var fresh: [Bool] = []
        fresh.reserveCapacity(jobs.count)
        while fresh.count < jobs.count {
            let piece = Self.piece(of: jobs[fresh.count...])
            let (reply, _) = try await evaluate(Scripts.enqueue, Self.invocation(piece, queue: queue, keys: desk.keys))
            guard let answers = reply.bytes, answers.count == piece.count else {
                throw LeaseQueueError.unexpectedReply("enqueue", queue)
            }
            fresh += answers.map { $0 == UInt8(ascii: "1") }
        }
        return fresh
    }

    private static func piece(of jobs: ArraySlice<Job>) -> ArraySlice<Job> {
        var bytes = 0
        let end = jobs.prefix(batchLimit).firstIndex { job in
            bytes += job.payload.count
            return bytes > bytesPerCall
        }
        guard let end else { return jobs.prefix(batchLimit) }
        return jobs[..<max(end, jobs.startIndex + 1)]
    }

    private static func invocation(_ jobs: ArraySlice<Job>, queue: QueueName, keys: QueueKeys) -> RedisInvocation {
        let first = [keys.jobs, keys.wake]
        var numbers = KeyNumbers(RedisInvocation(keys: first), keys: first)
        let rows = jobs.map { job in
            let place = numbers.place(of: queue, keys: keys, priority: job.priority, isDelayed: job.delay > .zero)
            return JobRow(place: place.place, job: job)
        }
        var invocation = numbers.invocation
        for row in rows { row.append(to: &invocation) }
        return invocation
    }
}
