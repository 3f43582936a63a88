internal import RedisClient
internal import Synchronization

extension LeaseQueues {
    /// How far ``lease(id:from:leaseTime:)`` looks for the job in its list.
    public static let pickBound = 1_000_000

    /// Leases one given job, whatever is before it in the queue.
    ///
    /// For a consumer that was made for this job. Its cost grows with the jobs of the same priority that are before it;
    /// one that has more than ``pickBound`` before it is left where it is. As any other consumer, it first takes up
    /// leases that ran out and delayed jobs that are due.
    /// - Parameter leaseTime: nil stands for the queue's; at least 10 ms.
    /// - Returns: no lease where the job is not ready, the control state is not `run`, or the budget allows none.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func lease(id: String, from queue: QueueName, leaseTime: Duration? = nil) async throws -> LeaseReply {
        _ = try await lease(0, from: queue)
        return try await pick(
            id, from: queue, leaseTime: leaseTime, number: requests.add(1, ordering: .relaxed).newValue)
    }

    /// One request to `pick.lua`, as often as it takes.
    /// - Parameter first: which try the first is.
    func pick(
        _ id: String, from queue: QueueName, leaseTime: Duration?, number: UInt64, first: Int = 1
    ) async throws -> LeaseReply {
        let desk = try desks.desk(queue)
        let (keys, leaseTime) = (desk.keys, try Self.checked(leaseTime ?? desk.configuration.leaseTime))
        let (reply, sent) = try await evaluate(Scripts.pick) { attempt in
            var invocation = RedisInvocation(
                keys: [namespace.control, keys.jobs, keys.held, keys.leases, keys.rates, keys.consumers]
                    + keys.readyInOrder)
            invocation.append(queue.rawValue)
            invocation.append(consumer)
            invocation.append(leaseTime.milliseconds)
            invocation.append(id)
            invocation.append(number)
            invocation.append(first + attempt - 1)
            invocation.append(Self.pickBound)
            return invocation
        }
        return try CycleReply(reply, queue: queue, sent: sent, leaseTime: leaseTime).next
    }

    /// A page of the ready jobs, in the order in which they are leased. Nothing is leased by it.
    ///
    /// Between two pages jobs move: one may be in both or in neither.
    /// - Parameters:
    ///   - offset: how many to pass over.
    ///   - limit: how many at most, 1 to 1,000.
    /// - Throws: `RedisError`, ``LeaseQueueError``.
    public func readyJobs(
        in queue: QueueName, offset: Int = 0, limit: Int = batchLimit
    ) async throws -> [ReadyJob] {
        let keys = try desks.desk(queue).keys
        var invocation = RedisInvocation(keys: [keys.jobs, keys.errors] + keys.readyInOrder)
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
}
