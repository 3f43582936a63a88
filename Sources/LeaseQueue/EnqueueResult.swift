/// What came of offering a job to a queue.
public enum EnqueueResult: Sendable, Hashable {
    /// It is in the queue now.
    case new
    /// The queue had its id already: ready, delayed, leased or dead.
    case known
    /// The queue is full; nothing was changed.
    case refused
}
