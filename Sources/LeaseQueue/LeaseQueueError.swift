/// Why an operation on a queue was refused. What goes wrong with the connection is a `RedisError` instead.
public struct LeaseQueueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of refusal, to decide upon; the message is for people.
    public enum Code: Sendable, Hashable {
        /// The server may throw away keys when its memory is full, or is too old.
        case unsuitableServer
        /// A name, number or time is out of its range.
        case invalidArgument
        /// A payload is longer than its queue allows.
        case payloadTooLarge
        /// The queue has as many jobs as it may have; jobs that were taken before stay.
        case queueFull
        /// The lease was lost, or could not be kept: another consumer may have the job, and the work on it was ended.
        case leaseLost
        /// The consumers of the queue are told to stop, and the work was ended; the lease is to be given back.
        case stopped
        /// The confirmation for a purge is not, or no longer, the queue's.
        case notConfirmed
        /// The queue was not named when connecting.
        case unknownQueue
        /// The server's data is not what this library writes.
        case unexpectedReply
    }

    /// The kind of refusal.
    public let code: Code
    /// One sentence: what was wrong, where, what to do.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
