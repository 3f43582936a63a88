/// Which dead letters are meant; all of them unless something is asked for. What is asked for must hold together.
public struct DeadLetterFilter: Sendable {
    /// A text that one of the errors contains, capitals and small letters being the same.
    public var errorContains: String?
    /// A text that the name of a consumer contains with which it went wrong.
    public var consumerContains: String?
    /// How long ago the job must have become a dead letter, at least.
    public var olderThan: Duration?

    /// All dead letters, except for what is given.
    public init(errorContains: String? = nil, consumerContains: String? = nil, olderThan: Duration? = nil) {
        self.errorContains = errorContains
        self.consumerContains = consumerContains
        self.olderThan = olderThan
    }

    /// Whether a dead letter is meant.
    /// - Parameter now: the server's time, in milliseconds since 1970.
    public func matches(_ letter: DeadLetter, at now: Int64) -> Bool {
        if let olderThan, letter.diedAt > now - Int64(olderThan.milliseconds) { return false }
        if let consumerContains, !letter.failures.contains(where: { $0.consumer.contains(consumerContains) }) {
            return false
        }
        guard let text = errorContains?.lowercased() else { return true }
        return letter.failures.contains { $0.error.lowercased().contains(text) }
    }
}
