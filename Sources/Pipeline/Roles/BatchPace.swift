/// How many points a worker leases at a time: one, unless runs are so short that the way to the queue and back would cost
/// more than they do.
struct BatchPace: Sendable {
    /// A batch is meant to take so long: short enough that no other worker waits for the points in it.
    static let target = Duration.milliseconds(100)
    /// After so long, what a batch has not begun goes back to the queue.
    static let limit = Duration.milliseconds(500)
    private static let most = 64

    /// How many points to lease next.
    private(set) var size = 1

    /// Learns from a batch.
    ///
    /// - Parameters:
    ///   - runs: how many runs were made; a batch of none teaches nothing.
    ///   - elapsed: how long all of them took together.
    package mutating func record(runs: Int, elapsed: Duration) {
        guard runs > 0 else { return }
        let fitting = elapsed > .zero ? Self.target / (elapsed / runs) : .infinity
        // Growing step by step: one short run does not make the next ones short.
        size = max(1, min(Int(min(fitting, Double(Self.most))), 2 * size))
    }
}
