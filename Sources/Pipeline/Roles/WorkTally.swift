internal import CoreMetrics

/// What a worker has in hand, and how much more it may take.
struct WorkTally: Sendable {
    /// How many points it may run in all; nil for no limit.
    let most: Int?
    /// How many batches it works on.
    private(set) var batches = 0
    /// How many points these have.
    private(set) var holding = 0 {
        didSet { RingMetrics.heldLeases.record(holding) }
    }
    private var points = 0

    init(most: Int?) {
        self.most = most
    }

    /// How many more points it may take.
    var rest: Int { most.map { max(0, $0 - points - holding) } ?? .max }

    mutating func began(_ count: Int) {
        batches += 1
        holding += count
    }

    mutating func ended(_ batch: BatchRunner.Result) {
        batches -= 1
        holding -= batch.outcomes.count + batch.unfinished.count
        // A point that was taken from it counts too: it may have cost as much as any.
        points += batch.outcomes.count + (batch.end == .lost ? 1 : 0)
    }
}
