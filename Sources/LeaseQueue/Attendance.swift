internal import Synchronization

/// When a consumer is to be noted on the server as seen: not with every call, for that would cost a command.
final class Attendance: Sendable {
    /// How much older than the truth what the server knows may be.
    static let interval = Duration.seconds(5)

    private let next = Mutex<ContinuousClock.Instant>(.now)

    /// Whether it is to be noted with the call that is made now.
    func isDue(at now: ContinuousClock.Instant = .now) -> Bool {
        next.withLock { next in
            guard next <= now else { return false }
            next = now.advanced(by: Self.interval)
            return true
        }
    }
}
