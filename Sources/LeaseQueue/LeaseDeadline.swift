internal import Synchronization

/// Until when the holder may trust a lease, by the client's own monotonic clock; shared by all copies of the lease.
final class LeaseDeadline: Sendable {
    private let instant: Mutex<ContinuousClock.Instant>

    /// A lease that was asked for at `sent`. The server counts from when it carries the request out, which is later; the
    /// last fiftieth is given up for clocks of different pace and for the server's rounding to milliseconds.
    init(sent: ContinuousClock.Instant, leaseTime: Duration) {
        instant = Mutex(Self.end(sent, leaseTime))
    }

    var end: ContinuousClock.Instant { instant.withLock { $0 } }

    /// The lease was extended by a request sent at `sent`. An older extension never shortens a newer one.
    func extend(sent: ContinuousClock.Instant, leaseTime: Duration) {
        instant.withLock { $0 = max($0, Self.end(sent, leaseTime)) }
    }

    /// The lease is over, at the latest now.
    func expire() {
        instant.withLock { $0 = min($0, .now) }
    }

    private static func end(_ sent: ContinuousClock.Instant, _ leaseTime: Duration) -> ContinuousClock.Instant {
        sent.advanced(by: leaseTime - max(leaseTime / 50, .milliseconds(2)))
    }
}
