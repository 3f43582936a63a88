internal import Synchronization

/// Something that a role has to succeed at again and again, such as a turn of its loop or a heartbeat.
package final class Pulse: Sendable {
    /// What it is, for people.
    package let name: String
    /// The longest time between two beats of a healthy role.
    package let limit: Duration
    private let last = Mutex(ContinuousClock.now)

    /// A pulse whose first beat is now.
    package init(_ name: String, limit: Duration) {
        self.name = name
        self.limit = limit
    }

    /// It succeeded just now.
    package func beat() {
        last.withLock { $0 = .now }
    }

    /// How long ago it last succeeded.
    package var age: Duration { last.withLock { $0.duration(to: .now) } }
}
