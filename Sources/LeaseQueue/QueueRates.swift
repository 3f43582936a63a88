/// How often things happened in a queue within a time.
public struct QueueRates: Sendable, Hashable, Codable {
    /// Jobs that came in: enqueued or forwarded, and new.
    public var enqueued = 0
    /// Jobs that were leased.
    public var leased = 0
    /// Jobs that were completed.
    public var completed = 0
    /// Attempts that failed.
    public var failed = 0
    /// Leases that ran out.
    public var crashed = 0
    /// Jobs that were given back.
    public var released = 0
    /// Jobs that became dead letters.
    public var dead = 0

    /// Rates; nothing happened by default.
    public init() {}
}

/// A queue's totals at some time, as `totals.lua` describes them.
struct QueueTotals {
    static let width = 47
    /// The second since 1970 in which they changed, or before whose first change they were these.
    let second: UInt64
    private let numbers: [UInt64]

    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.width else { return nil }
        func number(_ from: Int, _ count: Int) -> UInt64 {
            bytes.dropFirst(from).prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
        second = number(0, 5)
        numbers = (0..<7).map { number(5 + 6 * $0, 6) }
    }

    /// What happened since.
    func since(_ before: QueueTotals) -> QueueRates {
        let differences = zip(numbers, before.numbers).map { Int($0 &- $1) }
        var rates = QueueRates()
        rates.enqueued = differences[0]
        rates.leased = differences[1]
        rates.completed = differences[2]
        rates.failed = differences[3]
        rates.crashed = differences[4]
        rates.released = differences[5]
        rates.dead = differences[6]
        return rates
    }

    /// What happened in the last seconds: the difference to what the totals were before the first change in that time.
    /// - Parameter slots: 60 slots, each as long as totals or empty.
    static func rates(_ now: QueueTotals?, slots: ArraySlice<UInt8>, after second: Int) -> QueueRates {
        let starts = stride(from: slots.startIndex, to: slots.endIndex, by: width)
        let changes = starts.compactMap { QueueTotals(slots[$0..<Swift.min($0 + width, slots.endIndex)]) }
        guard let now, let first = changes.filter({ $0.second > second }).min(by: { $0.second < $1.second }) else {
            return QueueRates()
        }
        return now.since(first)
    }
}
