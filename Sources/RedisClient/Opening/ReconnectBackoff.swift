/// How long to wait before the next attempt to connect: full jitter below a bound that doubles up to a cap.
struct ReconnectBackoff {
    static let base = Duration.milliseconds(20)
    static let cap = Duration.seconds(1)

    /// As how many failures a server counts that answered as a read-only replica: connections to it come about, and yet it
    /// is of no use for a while.
    private static let failuresOfReplica = 4

    private var failures = 0

    /// The wait after one more failure.
    mutating func next(after error: RedisError, using generator: inout some RandomNumberGenerator) -> Duration {
        if error.code == .readOnly { failures = max(failures, Self.failuresOfReplica) }
        let bound = min(Self.cap, Self.base * (1 << min(failures, 10)))
        failures += 1
        return bound * Double.random(in: 0..<1, using: &generator)
    }

    /// A connection came about.
    mutating func reset() {
        failures = 0
    }
}
