/// How long a supervisor waits before it starts a child again: longer after every quick end.
package struct RestartPolicy: Sendable {
    /// The first wait.
    package var first: Duration = .milliseconds(100)
    /// The longest wait; each is twice the one before until then.
    package var longest: Duration = .seconds(5)
    /// A child that lived this long is taken to have been well: the next wait is the first one again.
    package var settled: Duration = .seconds(10)

    /// The policy that fits the roles of an exploration: 100 ms doubling to 5 s, forgotten after 10 s.
    package init() {}

    /// The wait after a life of this duration, given the wait before that life (nil: there was none).
    package func delay(afterLifeOf life: Duration, previous: Duration?) -> Duration {
        guard let previous, life < settled else { return first }
        return min(previous * 2, longest)
    }
}
