internal import CoreMetrics
internal import Glibc
internal import LeaseQueue
internal import Support

/// Decides which exploration a worker leases from next, and how many points of it.
struct ExplorationScheduler: Sendable {
    private struct Lane {
        var sizer = LeaseBatchSizer()
        /// Why no more points come from it.
        var closed: ControlState?
        /// The time to ask it again, after it had no work.
        var idleUntil: ContinuousClock.Instant?
    }

    private var lanes: [Lane]
    private var schedule: StrideSchedule
    /// The time for which an exploration without work is not asked while others have some.
    private static let idlePause = Duration.milliseconds(100)

    init(weights: [Int]) {
        lanes = weights.map { _ in Lane() }
        schedule = StrideSchedule(weights: weights)
    }

    /// The explorations that may have points, in the order of their turns.
    var candidates: [Int] {
        schedule.order(of: open.filter { lanes[$0].idleUntil.map { $0 <= .now } ?? true })
    }

    /// The explorations that have not been drained or stopped.
    var open: [Int] { lanes.indices.filter { lanes[$0].closed == nil } }

    /// The operator's command, once every exploration is drained or stopped.
    var finalControl: ControlState? { open.isEmpty ? lanes.last?.closed : nil }

    /// The number of points of an exploration to lease at a time.
    func batchSize(_ index: Int) -> Int { lanes[index].sizer.size }

    /// Whether an exploration has the next turn, as far as is known.
    func isNext(_ index: Int) -> Bool { candidates.first == index }

    /// Learns from an exploration's reply to a request for points.
    mutating func record(_ reply: LeaseReply, from index: Int) {
        if reply.control == .drain || reply.control == .stop { lanes[index].closed = reply.control }
        if reply.leases.isEmpty {
            schedule.rest(index)
            lanes[index].idleUntil = .now + Self.idlePause
        } else {
            schedule.wake(index)
            lanes[index].idleUntil = nil
        }
    }

    /// Charges an exploration for the time that its batch took.
    mutating func charge(_ index: Int, runs: Int, elapsed: Duration) {
        lanes[index].sizer.record(runs: runs, elapsed: elapsed)
        schedule.charge(index, max(elapsed / .seconds(1), 1e-6 * Double(max(1, runs))))
    }

    /// Takes no more points from an exploration.
    mutating func close(_ index: Int, _ control: ControlState) { lanes[index].closed = control }

    /// Asks every open exploration again, since any of them may have work.
    mutating func wakeAll() {
        for index in lanes.indices { lanes[index].idleUntil = nil }
    }
}

/// Chooses among explorations of different weights by stride scheduling (C. A. Waldspurger and W. E. Weihl, "Stride
/// Scheduling: Deterministic Proportional-Share Resource Management", MIT/LCS/TM-528, 1995).
///
/// Each exploration has a pass, which grows by the time that it was given, divided by its weight. The one with the
/// least pass has the next turn. Over time the explorations that have work get shares in proportion to their weights.
struct StrideSchedule: Sendable {
    private struct Lane {
        let weight: Double
        var pass = 0.0
        var isResting = false
    }

    private var lanes: [Lane]

    /// Draws the first turn at random, in proportion to the weights. Otherwise each of a thousand workers would start
    /// with the same exploration, and stay with it for the length of a run.
    ///
    /// - Parameter weights: one for each exploration, at least 1.
    init(weights: [Int]) {
        var generator = SystemRandomNumberGenerator()
        self.init(weights: weights, generator: &generator)
    }

    init(weights: [Int], generator: inout some RandomNumberGenerator) {
        lanes = weights.map { weight in
            // Of exponentially distributed times, each comes first with a probability in proportion to its rate. The
            // factor makes them far shorter than any turn.
            let time = -log(Double.random(in: .leastNormalMagnitude..<1, using: &generator))
            return Lane(weight: Double(weight), pass: 1e-9 * time / Double(weight))
        }
    }

    /// Sorts explorations by their turns.
    func order(of indices: [Int]) -> [Int] {
        indices.sorted { (lanes[$0].pass, $0) < (lanes[$1].pass, $1) }
    }

    /// Charges an exploration for an amount of time.
    mutating func charge(_ index: Int, _ amount: Double) {
        lanes[index].pass += amount / lanes[index].weight
    }

    /// Records that an exploration had no work at its turn.
    mutating func rest(_ index: Int) {
        lanes[index].isResting = true
    }

    /// Records that an exploration has work. It is owed nothing for the time without work.
    mutating func wake(_ index: Int) {
        guard lanes[index].isResting else { return }
        lanes[index].isResting = false
        let least = lanes.indices.filter { $0 != index && !lanes[$0].isResting }.map { lanes[$0].pass }.min()
        lanes[index].pass = max(lanes[index].pass, least ?? 0)
    }
}

/// Counts the worker's leased points against `--max-jobs`.
struct InFlightCounter: Sendable {
    /// The largest number of points to run; `nil` for no limit.
    let maxJobs: Int?
    /// The batches in progress.
    private(set) var batches = 0
    /// The points of these batches.
    private(set) var points = 0 {
        didSet { RingMetrics.heldLeases.record(points) }
    }
    private var finished = 0

    init(maxJobs: Int?) {
        self.maxJobs = maxJobs
    }

    /// The number of points that the worker may still lease.
    var remaining: Int { maxJobs.map { max(0, $0 - finished - points) } ?? .max }

    mutating func batchStarted(_ count: Int) {
        batches += 1
        points += count
    }

    mutating func batchEnded(_ batch: BatchRunner.Result) {
        batches -= 1
        points -= batch.outcomes.count + batch.unfinished.count
        // A point whose lease was lost counts, too: its run may have cost as much as any.
        finished += batch.outcomes.count
        if case .lost = batch.end { finished += 1 }
    }
}

/// Sizes a worker's batches: one point, unless runs are so short that the round trip to the queue would cost more than
/// they do.
struct LeaseBatchSizer: Sendable {
    /// The intended duration of a batch: short enough that no other worker waits for the points in it.
    static let target = Duration.milliseconds(100)
    /// After this time, the points of a batch that have not started go back to the queue.
    static let limit = Duration.milliseconds(500)
    private static let maxSize = 64

    /// The number of points to lease next.
    private(set) var size = 1

    /// Learns from a batch.
    ///
    /// - Parameters:
    ///   - runs: the number of runs; a batch without any teaches nothing.
    ///   - elapsed: their duration in total.
    package mutating func record(runs: Int, elapsed: Duration) {
        guard runs > 0 else { return }
        let fitting = elapsed > .zero ? Self.target / (elapsed / runs) : .infinity
        // It grows step by step: one short run does not make the next ones short.
        size = max(1, min(Int(min(fitting, Double(Self.maxSize))), 2 * size))
    }
}

/// Decides when a worker tries to prefetch a batch during a run: at once after it got one, and less and less often
/// while there is too little to take.
struct PrefetchBackoff: Sendable {
    private var waits = Support.Backoff.Counter(
        Support.Backoff(base: .milliseconds(100), cap: .seconds(5), jitter: .none))
    private var isWaiting = false
    private var pause = Duration.zero

    /// Whether it is time to try.
    private(set) var isDue = true

    /// Records an attempt.
    mutating func record(gotBatch: Bool) {
        isDue = gotBatch
        if gotBatch { waits.reset() } else { pause = waits.next() }
    }

    /// Starts the wait before the next attempt and returns its length; `nil` if it has started already, or if the
    /// attempt is due now.
    mutating func startWaiting() -> Duration? {
        guard !isDue, !isWaiting else { return nil }
        isWaiting = true
        return pause
    }

    /// Ends the wait.
    mutating func becomeDue() {
        isWaiting = false
        isDue = true
    }
}
