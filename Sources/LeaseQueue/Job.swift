/// What is to be put into a queue.
public struct Job: Sendable, Hashable {
    /// The priorities, 9 first.
    public static let priorities = 0...9
    /// How many bytes an id may have.
    public static let maximumIDLength = 1024

    /// Unique within its queue: an id that is ready, delayed, leased or dead there is not enqueued twice.
    /// 1 to ``maximumIDLength`` bytes of any text.
    public var id: String
    /// Any bytes, also none; as many as ``QueueConfiguration/maximumPayload`` allows.
    public var payload: [UInt8]
    /// 0 to 9; 9 is leased first, and within a priority whoever came first.
    public var priority: Int
    /// How long the job waits before it becomes ready.
    public var delay: Duration

    /// A job of priority 5 without delay, except for what is given.
    public init(id: String, payload: [UInt8], priority: Int = 5, delay: Duration = .zero) {
        self.id = id
        self.payload = payload
        self.priority = priority
        self.delay = delay
    }

    func validate(for queue: QueueConfiguration) throws {
        guard (1...Self.maximumIDLength).contains(id.utf8.count) else {
            throw LeaseQueueError(
                .invalidArgument, "A job's id has 1 to \(Self.maximumIDLength) bytes, not \(id.utf8.count).")
        }
        guard payload.count <= queue.maximumPayload else {
            throw LeaseQueueError(
                .payloadTooLarge,
                "The payload of job \(id) has \(payload.count) bytes; queue \(queue.name) takes \(queue.maximumPayload)"
                    + " at most: keep the data elsewhere and put its address into the payload, or raise maximumPayload."
            )
        }
        guard Self.priorities.contains(priority) else {
            throw LeaseQueueError(.invalidArgument, "The priority of job \(id) is \(priority); it must be from 0 to 9.")
        }
        guard delay >= .zero else {
            throw LeaseQueueError(.invalidArgument, "The delay of job \(id) is negative.")
        }
    }
}
