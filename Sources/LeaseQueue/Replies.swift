/// The outcome of the work on a leased job.
public enum Outcome: Sendable {
    /// The work is done: removes the job, and enqueues the follow-up jobs.
    case complete(Lease, forward: [Forward] = [])
    /// The work failed: delays the job, or makes it a dead letter if its attempts are used up. The first 2,000 bytes of
    /// the error are stored with the job. Enqueues the follow-up jobs in both cases.
    case fail(Lease, error: String, forward: [Forward] = [])
    /// The work failed and can never succeed: makes the job a dead letter at once. Otherwise like ``fail(_:error:forward:)``.
    case giveUp(Lease, error: String, forward: [Forward] = [])
    /// The work was not done: makes the job ready again at the front of its priority, without counting a failure, and
    /// enqueues the follow-up jobs.
    case release(Lease, forward: [Forward] = [])

    /// The lease that ends.
    public var lease: Lease {
        switch self {
        case .complete(let lease, _), .fail(let lease, _, _), .giveUp(let lease, _, _), .release(let lease, _): lease
        }
    }

    /// The follow-up jobs.
    public var forwards: [Forward] {
        switch self {
        case .complete(_, let forwards), .fail(_, _, let forwards), .giveUp(_, _, let forwards),
            .release(_, let forwards):
            forwards
        }
    }
}

/// A follow-up job and its queue. If that queue already has the job's id, the job is silently skipped.
public struct Forward: Sendable, Hashable {
    /// The queue that the job goes to.
    public var queue: QueueName
    /// The job.
    public var job: Job

    /// Forwards `job` to `queue`.
    public init(queue: QueueName, job: Job) {
        self.queue = queue
        self.job = job
    }
}

/// The result of one outcome.
public enum FinishResult: Sendable, Hashable {
    /// The outcome counts.
    case done
    /// The outcome counted before: this very token ended its lease earlier, and the reply to that was lost or ignored.
    case alreadyDone
    /// The outcome changed nothing: the lease had been lost, and another consumer may have the job.
    case stale
}

/// The reply to ending leases.
public struct FinishReply: Sendable {
    /// The result of each outcome, in their order.
    public let results: [FinishResult]
    /// Whether each outcome made its job a dead letter, in their order.
    public let deadLettered: [Bool]
    /// The next jobs.
    public let next: LeaseReply
}

/// The reply to leasing jobs.
public struct LeaseReply: Sendable {
    /// The jobs, the highest priority first; fewer than requested if there are not enough.
    public let leases: [Lease]
    /// The queue's control state.
    public let control: ControlState
    /// The time until a delayed job is due or a lease expires; `nil` if the queue has neither.
    public let nextEvent: Duration?
}

/// The reply to extending leases.
public struct ExtendReply: Sendable {
    /// Whether each lease still holds, in their order. Work under a lease that does not hold has to end.
    public let held: [Bool]
    /// The control state; of several queues the strictest.
    public let control: ControlState
    /// The control state of each queue whose leases were extended.
    public let controls: [QueueName: ControlState]
}

/// The result of offering a job to a queue.
public enum EnqueueResult: Sendable, Hashable {
    /// The job was enqueued.
    case new
    /// The queue already has the job's id: ready, delayed, leased or dead.
    case known
    /// The queue is full; nothing was changed.
    case refused
}
