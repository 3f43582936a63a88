/// What came of asking for jobs.
public struct LeaseReply: Sendable {
    /// The jobs, highest priority first; as many as were asked for, or as there were.
    public let leases: [Lease]
    /// What the queue's consumers are to do.
    public let control: ControlState
    /// How long until a delayed job is due or a lease runs out; nil when the queue has neither.
    public let nextEvent: Duration?
}
