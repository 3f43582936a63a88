internal import Synchronization

/// What all copies of a lease share: until when its holder may trust it by the client's own monotonic clock, and what the
/// holder says of the work.
final class LeaseStanding: Sendable {
    /// The server has a record of this size at most for a note.
    static let noteLimit = 200

    private let state: Mutex<(end: ContinuousClock.Instant, note: String)>

    /// A lease that was asked for at `sent`. The server counts from when it carries the request out, which is later; the
    /// last fiftieth is given up for clocks of different pace and for the server's rounding to milliseconds.
    init(sent: ContinuousClock.Instant, leaseTime: Duration) {
        state = Mutex((Self.end(sent, leaseTime), ""))
    }

    var end: ContinuousClock.Instant { state.withLock { $0.end } }

    /// What the holder said last; empty where it said nothing. At most ``noteLimit`` bytes of UTF-8.
    var note: String {
        get { state.withLock { $0.note } }
        set {
            var note = newValue
            while note.utf8.count > Self.noteLimit { note.removeLast() }
            state.withLock { $0.note = note }
        }
    }

    /// The lease was extended by a request sent at `sent`. An older extension never shortens a newer one.
    func extend(sent: ContinuousClock.Instant, leaseTime: Duration) {
        state.withLock { $0.end = max($0.end, Self.end(sent, leaseTime)) }
    }

    /// The lease is over, at the latest now.
    func expire() {
        state.withLock { $0.end = min($0.end, .now) }
    }

    private static func end(_ sent: ContinuousClock.Instant, _ leaseTime: Duration) -> ContinuousClock.Instant {
        sent.advanced(by: leaseTime - max(leaseTime / 50, .milliseconds(2)))
    }
}
