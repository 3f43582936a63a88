internal import Synchronization

/// A consumer's exclusive, expiring claim on a job.
///
/// Copies share ``expires`` and ``note``: extending or ending one copy affects all.
public struct Lease: Sendable {
    /// The queue of the job.
    public let queue: QueueName
    /// The job's id.
    public let id: String
    /// The job's payload.
    public let payload: [UInt8]
    /// The job's priority, 0 to 9.
    public let priority: Int
    /// The token of this lease, greater than that of every earlier lease in the namespace.
    public let token: FencingToken
    /// The token of the lease that forwarded this job; `nil` if it was enqueued directly.
    public let originToken: FencingToken?
    /// The number of this attempt: 1 plus the failures so far.
    public let attempt: Int
    /// The number of leases on the job, including this one; more than 1 if an earlier holder failed, crashed or
    /// released it.
    public let deliveries: Int
    /// The time of enqueueing, in microseconds since 1970 UTC by the server's clock.
    public let enqueuedAt: Int64
    /// The time for which the lease holds after each extension.
    public let leaseTime: Duration

    let state: LeaseState

    /// The end of the lease by this machine's monotonic clock: always before the server can give the job to another
    /// consumer. Extending the lease moves it.
    public var expires: ContinuousClock.Instant { state.end }

    /// The holder's note about its work, such as its progress, which operators see as ``HeldLease/note``. It is sent
    /// with the next extension. Cut to 200 bytes of UTF-8; empty for no note.
    public var note: String {
        get { state.note }
        nonmutating set { state.note = newValue }
    }

    /// Whether the lease still holds. False after it was ended, or was found to be lost.
    public var isValid: Bool { ContinuousClock.now < expires }
}

/// State that all copies of a lease share: its end by this machine's monotonic clock, and the holder's note.
final class LeaseState: Sendable {
    /// The limit for the length of a note, in bytes.
    static let maxNoteLength = 200

    private let state: Mutex<(end: ContinuousClock.Instant, note: String)>

    /// Creates the state of a lease that was requested at `sent`. The server counts from a later time, at which it
    /// carries the request out. The last fiftieth is not used, because clocks differ in pace and the server rounds to
    /// milliseconds.
    init(sent: ContinuousClock.Instant, leaseTime: Duration) {
        state = Mutex((Self.end(sent, leaseTime), ""))
    }

    var end: ContinuousClock.Instant { state.withLock { $0.end } }

    /// The holder's note, at most ``maxNoteLength`` bytes of UTF-8; empty if there is none.
    var note: String {
        get { state.withLock { $0.note } }
        set {
            var note = newValue
            while note.utf8.count > Self.maxNoteLength { note.removeLast() }
            state.withLock { $0.note = note }
        }
    }

    /// Extends the lease after a request that was sent at `sent`. An older extension never shortens a newer one.
    func extend(sent: ContinuousClock.Instant, leaseTime: Duration) {
        state.withLock { $0.end = max($0.end, Self.end(sent, leaseTime)) }
    }

    /// Ends the lease now, unless it has ended before.
    func expire() {
        state.withLock { $0.end = min($0.end, .now) }
    }

    private static func end(_ sent: ContinuousClock.Instant, _ leaseTime: Duration) -> ContinuousClock.Instant {
        sent.advanced(by: leaseTime - max(leaseTime / 50, .milliseconds(2)))
    }
}

/// A number that each lease of a namespace gets, greater than all numbers before it.
///
/// The server ignores an outcome whose token is not the newest of its job, and a store of results can refuse a result
/// with a smaller token than one that it has. Tokens start at the server's time in microseconds, so that they continue
/// to grow even after the server lost its data.
public struct FencingToken: RawRepresentable, Sendable, Comparable, Hashable, Codable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// Creates a token from a number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whether the left token was given out earlier.
    public static func < (left: FencingToken, right: FencingToken) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The number in decimal digits.
    public var description: String { String(rawValue) }
}

/// A lease as the server reports it.
public struct HeldLease: Sendable, Hashable {
    /// The job's id.
    public let id: String
    /// The consumer that holds it.
    public let consumer: String
    /// The lease's token.
    public let token: FencingToken
    /// The time since the job was leased.
    public let age: Duration
    /// The time until the lease expires; negative if it has expired, but no consumer has asked for jobs since then.
    public let timeLeft: Duration
    /// The holder's note of its last heartbeat; empty if there is none.
    public let note: String
}

/// The server's record of a holder: the token in 16 digits; a digit from 0 to 3; the consumer's name. The digit is odd
/// if the job has a history. If it is 2 or 3, a note precedes the name, and its length in bytes, in 3 digits, precedes
/// the note.
struct HolderRecord {
    let token: FencingToken
    let consumer: String
    /// The consumer's note; empty if there is none.
    let note: String

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 17, let token = UInt64(String(decoding: bytes[..<16], as: UTF8.self)) else { return nil }
        self.token = FencingToken(rawValue: token)
        var rest = bytes[17...]
        var noteLength = 0
        if bytes[16] >= UInt8(ascii: "2") {
            guard let length = Int(String(decoding: rest.prefix(3), as: UTF8.self)) else { return nil }
            noteLength = length
            rest = rest.dropFirst(3)
        }
        note = String(decoding: rest.prefix(noteLength), as: UTF8.self)
        consumer = String(decoding: rest.dropFirst(noteLength), as: UTF8.self)
    }

    /// The time since the job was leased.
    /// - Parameter now: the server's time in microseconds since 1970.
    func age(at now: Int) -> Duration {
        // A token is the server's time in microseconds when it was given out, or slightly greater.
        .microseconds(max(now - Int(token.rawValue), 0))
    }
}
