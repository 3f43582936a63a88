/// The reason for which an operation on a queue was refused. Failures of the connection are `RedisError`s.
public struct LeaseQueueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of refusal, for programs; the message is for readers.
    public enum Code: Sendable, Hashable {
        /// The server may evict keys when its memory is full, or its version is too old.
        case unsuitableServer
        /// A name, number or time is out of its range.
        case invalidArgument
        /// A payload is longer than its queue allows.
        case payloadTooLarge
        /// The queue has reached its limit; jobs that were enqueued before stay.
        case queueFull
        /// The server says that the lease is lost: another consumer may have the job, and the work was cancelled.
        case leaseLost
        /// The consumers of the queue have to stop, and the work was cancelled; the lease has to be released.
        case stopped
        /// The token for a purge is invalid or expired, or the queue has more jobs than it names.
        case notConfirmed
        /// The queue was not passed when connecting.
        case unknownQueue
        /// The server's data does not have the format of this library.
        case unexpectedReply
    }

    /// The kind of refusal.
    public let code: Code
    /// The problem, its place, and the remedy.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
