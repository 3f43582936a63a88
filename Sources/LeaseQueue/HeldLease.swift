/// A lease as the server knows it.
public struct HeldLease: Sendable, Hashable {
    /// The job's id.
    public let id: String
    /// The consumer that holds it.
    public let consumer: String
    /// The lease's token.
    public let token: FencingToken
    /// How long ago the job was leased.
    public let age: Duration
    /// How long until the lease runs out; negative when it has, and nobody has come by yet to take it back.
    public let timeLeft: Duration
    /// What the holder said of its work with its last heartbeat; empty where it said nothing.
    public let note: String
}
