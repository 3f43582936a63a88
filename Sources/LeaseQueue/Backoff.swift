/// How long a job waits after a failure: a random time between nothing and a bound that doubles with every failure.
///
/// The jitter is full, so that jobs that failed together do not come back together.
public struct Backoff: Sendable, Hashable {
    /// The bound after the first failure.
    public var base: Duration
    /// What the bound never exceeds.
    public var cap: Duration

    /// A backoff; one second doubling up to a minute by default.
    public init(base: Duration = .seconds(1), cap: Duration = .seconds(60)) {
        self.base = base
        self.cap = cap
    }

    /// The longest wait after so many failures (from 1 on).
    public func bound(afterFailures failures: Int) -> Duration {
        var bound = base
        for _ in 1..<max(failures, 1) where bound < cap { bound *= 2 }
        return min(bound, cap)
    }

    /// A random wait after so many failures (from 1 on).
    public func delay(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        bound(afterFailures: failures) * Double.random(in: 0..<1, using: &generator)
    }
}
