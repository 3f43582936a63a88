/// Exponential backoff: the wait before the next attempt is drawn below a bound that doubles with every failure.
///
/// Full jitter keeps clients that failed together from coming back together.
public struct Backoff: Sendable, Hashable {
    /// The random part of a wait.
    public enum Jitter: Sendable, Hashable {
        /// The wait is the bound.
        case none
        /// A random wait from 0 to the bound.
        case full
        /// A random wait from a quarter of the bound to the bound, for a wait that should never vanish.
        case partial
    }

    /// The bound after the first failure.
    public var base: Duration
    /// The largest bound.
    public var cap: Duration
    /// The random part of a wait.
    public var jitter: Jitter

    /// Creates a backoff; one second doubling up to a minute by default, with full jitter.
    public init(base: Duration = .seconds(1), cap: Duration = .seconds(60), jitter: Jitter = .full) {
        self.base = base
        self.cap = cap
        self.jitter = jitter
    }

    /// The longest wait after this many failures (1 or more).
    public func bound(afterFailures failures: Int) -> Duration {
        var bound = base
        for _ in 1..<max(failures, 1) {
            guard bound < cap else { break }
            bound *= 2
        }
        return min(bound, cap)
    }

    /// A wait after this many failures (1 or more).
    public func delay(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let bound = bound(afterFailures: failures)
        return switch jitter {
        case .none: bound
        case .full: bound * Double.random(in: 0..<1, using: &generator)
        case .partial: bound * Double.random(in: 0.25...1, using: &generator)
        }
    }

    /// A wait after this many failures (1 or more), with the system's random numbers.
    public func delay(afterFailures failures: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(afterFailures: failures, using: &generator)
    }

    /// Counts the failures in a row of one operation, and gives the wait after each.
    public struct Counter: Sendable {
        private let backoff: Backoff
        /// The failures since the last success.
        public private(set) var failures = 0

        /// Creates a counter without failures.
        public init(_ backoff: Backoff) {
            self.backoff = backoff
        }

        /// Counts a failure and returns the wait before the next attempt.
        public mutating func next() -> Duration {
            failures += 1
            return backoff.delay(afterFailures: failures)
        }

        /// Counts a failure and returns the wait before the next attempt.
        ///
        /// - Parameter failures: the least number that the failure counts for, for an error that is known to last.
        public mutating func next(
            atLeast failures: Int = 1, using generator: inout some RandomNumberGenerator
        ) -> Duration {
            self.failures = max(self.failures + 1, failures)
            return backoff.delay(afterFailures: self.failures, using: &generator)
        }

        /// Forgets the failures after a success.
        public mutating func reset() {
            failures = 0
        }
    }
}
