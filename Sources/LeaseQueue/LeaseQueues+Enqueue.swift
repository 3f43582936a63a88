internal import RedisClient

extension LeaseQueues {
    /// How many bytes of payload go into one call, so that no call holds up the server for long.
    private static let bytesPerCall = 4 << 20

    /// Enqueues jobs, in their order.
    ///
    /// An id that is ready, delayed, leased or dead in the queue already is not enqueued again. Jobs go in calls of up to
    /// 1,000, each of which is atomic. After a connection broke, an answer may be false for a job that this very call
    /// enqueued before.
    /// - Parameter patience: for how long to wait, all in all, while the queue is full
    ///   (``QueueConfiguration/maximumJobs``, ``setLimit(_:for:)``).
    /// - Returns: for each job whether it was new.
    /// - Throws: `RedisError`, ``LeaseQueueError``: with the code ``LeaseQueueError/Code/queueFull`` when jobs were refused
    ///   once `patience` was at its end; those before them are in the queue, and to send all of them again is safe.
    ///   `CancellationError` while waiting.
    public func enqueue(
        _ jobs: [Job], to queue: QueueName, waitingWhenFull patience: Duration = .zero
    ) async throws -> [Bool] {
        let end = ContinuousClock.now.advanced(by: patience)
        var fresh: [Bool] = []
        var pause = Duration.milliseconds(10)
        while true {
            let results = try await offer(Array(jobs[fresh.count...]), to: queue)
            let taken = results.firstIndex(of: .refused) ?? results.endIndex
            fresh += results[..<taken].map { $0 == .new }
            if fresh.count == jobs.count { return fresh }
            if taken > 0 { pause = .milliseconds(10) }
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else {
                throw LeaseQueueError(
                    .queueFull,
                    "Queue \(queue) is full (maximumJobs, or the limit that was set for it): the first \(fresh.count) of \(jobs.count) jobs were taken;"
                        + " wait until its consumers have caught up, then send them again.")
            }
            try await Task.sleep(for: min(pause, rest))
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// Offers jobs to a queue, in their order, and does not insist.
    ///
    /// As ``enqueue(_:to:waitingWhenFull:)``, but a full queue is an answer: once a new job was refused, so are those
    /// after it that are new, or that a later call would have brought, so that the order is kept.
    /// - Returns: what came of each job.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func offer(_ jobs: [Job], to queue: QueueName) async throws -> [EnqueueResult] {
        let desk = try desks.desk(queue)
        for job in jobs { try job.validate(for: desk.configuration) }
        var results: [EnqueueResult] = []
        results.reserveCapacity(jobs.count)
        while results.count < jobs.count {
            let piece = Self.piece(of: jobs[results.count...])
            let (reply, _) = try await evaluate(Scripts.enqueue, invocation(piece, to: desk))
            guard let answers = reply.bytes, answers.count == piece.count else {
                throw LeaseQueueError.unexpectedReply("enqueue", queue)
            }
            results += answers.map { answer in
                switch answer {
                case UInt8(ascii: "1"): .new
                case UInt8(ascii: "0"): .known
                default: .refused
                }
            }
            if answers.contains(UInt8(ascii: "f")) { break }
        }
        results += [EnqueueResult](repeating: .refused, count: jobs.count - results.count)
        return results
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

    private func invocation(_ jobs: ArraySlice<Job>, to desk: QueueDesk) -> RedisInvocation {
        let keys = desk.keys
        var numbers = KeyNumbers(keys: [namespace.control, keys.jobs, keys.wake, keys.rates])
        let rows = jobs.map { job in
            let place = numbers.place(
                of: desk.configuration.name, keys: keys, priority: job.priority, isDelayed: job.delay > .zero)
            return JobRow(place: place.place, job: job)
        }
        var invocation = numbers.invocation
        invocation.append(desk.configuration.name.rawValue)
        invocation.append(desk.configuration.maximumJobs ?? -1)
        for row in rows { row.append(to: &invocation) }
        return invocation
    }
}
