/// Where a job is.
public enum JobState: Sendable, Hashable {
    /// It may be leased at once, as far as its priority lets it.
    case ready(priority: Int)
    /// It waits for its time; negative when that has come and nobody has come by yet to take it up.
    case delayed(dueIn: Duration)
    /// A consumer holds it.
    /// - `age`: how long ago it was leased.
    /// - `timeLeft`: how long until the lease runs out; negative when it has and nobody has come by yet to take it back.
    /// - `note`: what the holder said of its work with its last heartbeat; empty where it said nothing.
    case leased(holder: String, token: FencingToken, age: Duration, timeLeft: Duration, note: String)
    /// It used up its chances.
    case dead
}
