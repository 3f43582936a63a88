/// A page of the ids of a queue's jobs.
public struct JobIDPage: Sendable, Hashable {
    /// Where a page begins. It is good for the queue that it came from, however long one waits.
    public struct Cursor: RawRepresentable, Sendable, Hashable {
        /// What the server calls it.
        public let rawValue: String

        /// A cursor that was written down.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// The ids; an empty page need not be the last.
    public let ids: [String]
    /// Where the next page begins; nil after the last one.
    public let next: Cursor?

    /// A page of ids, and where the next one begins.
    public init(ids: [String], next: Cursor?) {
        self.ids = ids
        self.next = next
    }
}
