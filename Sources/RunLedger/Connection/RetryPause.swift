/// The pauses between tries: doubling from 20 ms to at most 1 s, each a random part of that, so that those who
/// stood in each other's way do not meet again.
struct RetryPause {
    private var limit = Duration.milliseconds(20)
    private static let longest = Duration.seconds(1)

    mutating func next() -> Duration {
        let pause = limit * Double.random(in: 0.25...1)
        limit = min(limit * 2, Self.longest)
        return pause
    }
}
