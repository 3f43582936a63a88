/// Where a point is on its way. States only move forward: `completed` is final; before it, what belongs to the greater
/// fencing token wins, and within one token `error` comes after `running`. `queued` comes before every token.
public enum RunState: String, Sendable, Hashable, CaseIterable {
    case queued
    case running
    /// The latest attempt failed. Another may follow.
    case error
    case completed
}
