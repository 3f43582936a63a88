/// A job that used up its chances, with its history.
public struct DeadLetter: Sendable, Hashable {
    /// How one delivery of a job went wrong.
    public struct Failure: Sendable, Hashable {
        /// Whether the holder said so, or its lease ran out.
        public enum Kind: Sendable, Hashable {
            /// The holder reported an error.
            case failed
            /// The lease ran out.
            case crashed
        }

        /// Whether the holder said so, or its lease ran out.
        public let kind: Kind
        /// The lease's token.
        public let token: FencingToken
        /// When it ended, in milliseconds since 1970 UTC by the server's clock.
        public let time: Int64
        /// When the job had been leased, in milliseconds since 1970 UTC by the server's clock: tokens start from there.
        public var leasedAt: Int64 { Int64(token.rawValue / 1000) }
        /// The consumer that held the job.
        public let consumer: String
        /// The error, its first 2,000 bytes.
        public let error: String
    }

    /// The job's id.
    public let id: String
    /// The job's payload.
    public let payload: [UInt8]
    /// The job's priority, 0 to 9.
    public let priority: Int
    /// The token of the lease that forwarded the job; nil when it was enqueued directly.
    public let originToken: FencingToken?
    /// When the job was enqueued, in microseconds since 1970 UTC by the server's clock.
    public let enqueuedAt: Int64
    /// When it became a dead letter, in milliseconds since 1970 UTC by the server's clock.
    public let diedAt: Int64
    /// How many failures it had since it was enqueued, or since it was last retried as a dead letter.
    public let failureCount: Int
    /// How many leases on it ran out since then.
    public let crashCount: Int
    /// How often it was given back, over its whole life.
    public let releaseCount: Int
    /// How every delivery went wrong, the first one first; of a long history the newest 64 KiB.
    public let failures: [Failure]
}
