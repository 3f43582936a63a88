/// How the work on a leased job ended.
public enum Outcome: Sendable {
    /// It is done: the job is gone, and the follow-up jobs are in their queues.
    case complete(Lease, forward: [Forward] = [])
    /// It failed: the job is tried again after a while, or becomes a dead letter once its attempts are used up.
    /// The error is kept with the job, its first 2,000 bytes. The follow-up jobs are in their queues in either case.
    case fail(Lease, error: String, forward: [Forward] = [])
    /// It was not done: the job is ready again at the front of its priority, and nothing is counted as a failure.
    case release(Lease)

    /// The lease that ends.
    public var lease: Lease {
        switch self {
        case .complete(let lease, _), .fail(let lease, _, _), .release(let lease): lease
        }
    }

    /// The follow-up jobs.
    public var forwards: [Forward] {
        switch self {
        case .complete(_, let forwards), .fail(_, _, let forwards): forwards
        case .release: []
        }
    }
}

/// A follow-up job and the queue that it goes to. When that queue has the job's id already, it is silently skipped.
public struct Forward: Sendable, Hashable {
    /// The queue that the job goes to.
    public var queue: QueueName
    /// The job.
    public var job: Job

    /// Sends `job` to `queue`.
    public init(queue: QueueName, job: Job) {
        self.queue = queue
        self.job = job
    }
}
