/// What came of extending leases.
public struct ExtendReply: Sendable {
    /// Whether each lease still holds, in their order. One that does not is lost: its work is to be ended.
    public let held: [Bool]
    /// What the consumers are to do; of several queues the strictest.
    public let control: ControlState
    /// What the consumers of each queue are to do that leases were extended in.
    public let controls: [QueueName: ControlState]
}
