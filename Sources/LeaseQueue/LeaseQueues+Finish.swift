extension LeaseQueues {
    /// Ends leases, puts their follow-up jobs into their queues and leases the next jobs: one atomic step on the server.
    ///
    /// Each outcome counts only while its lease's token is the newest of the job; otherwise it changes nothing, and none
    /// of its follow-up jobs is enqueued. Safe to repeat.
    /// - Parameters:
    ///   - outcomes: up to 1,000, all of leases of `queue`; with any number of follow-up jobs.
    ///   - leaseNext: how many jobs to lease next, 0 to 1,000.
    ///   - leaseTime: of the next leases; nil stands for the queue's.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func finish(
        _ outcomes: [Outcome], in queue: QueueName, leaseNext: Int = 0, leaseTime: Duration? = nil
    ) async throws -> FinishReply {
        let desk = try desks.desk(queue)
        guard outcomes.count <= Self.batchLimit else {
            throw LeaseQueueError(
                .invalidArgument, "One call ends up to \(Self.batchLimit) leases, not \(outcomes.count).")
        }
        guard outcomes.allSatisfy({ $0.lease.queue == queue }) else {
            throw LeaseQueueError(
                .invalidArgument, "One call ends leases of one queue; not all of these are of \(queue).")
        }
        let reply = try await cycle(outcomes, desk, count: leaseNext, leaseTime: leaseTime)
        guard reply.results.count == outcomes.count else { throw LeaseQueueError.unexpectedReply("cycle", queue) }
        for outcome in outcomes { outcome.lease.standing.expire() }
        return FinishReply(
            results: reply.results.map { letter in
                switch letter {
                case UInt8(ascii: "d"), UInt8(ascii: "x"): .done
                case UInt8(ascii: "a"): .alreadyDone
                default: .stale
                }
            },
            deadLettered: reply.results.map { $0 == UInt8(ascii: "x") }, next: reply.next)
    }
}
