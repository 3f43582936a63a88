/// What the consumers of a queue are to do; every reply carries it.
public enum ControlState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Work.
    case run
    /// No job is leased; consumers stay, and finish what they hold.
    case pause
    /// No job is leased; consumers finish what they hold and leave. Also told when the queue's budget is used up.
    case drain
    /// No job is leased; consumers abandon what they hold, give it back and leave.
    case stop

    /// How much a state asks for; of several queues' states the strictest counts.
    var strictness: Int {
        switch self {
        case .run: 0
        case .pause: 1
        case .drain: 2
        case .stop: 3
        }
    }
}
