/// How many jobs of a queue a transaction takes: more while more wait than it took, within what a process may hold and
/// a lease may last.
package struct BatchSize: Equatable {
    /// Where little waits, a batch is soon done.
    package static let least = 100
    /// What a transaction costs by itself is a small part of far fewer. But the ledger writes a batch in the order of the
    /// hashes, and the more there are, the nearer to each other they lie: in a table of millions, most of what a row costs is
    /// the way to its page.
    package static let greatest = 12_000
    /// The payloads of a batch, in bytes. Logs of failures are large.
    package static let bytes = 3 << 20
    /// Far less than a lease lasts.
    package static let time = Duration.seconds(3)

    private(set) var limit = least

    /// Learns from a batch: how many jobs there were, how large they were, how long they took.
    mutating func note(taken: Int, bytes: Int, in time: Duration) {
        guard taken > 0 else { return limit = Self.least }
        if time > Self.time || bytes > Self.bytes {
            limit = max(1, taken / 2)
        } else if taken >= limit {
            limit = min(limit * 2, Self.greatest, max(1, Self.bytes / max(1, bytes / taken)))
        } else if taken < limit / 2 {
            limit = max(Self.least, limit / 2)
        }
    }
}
