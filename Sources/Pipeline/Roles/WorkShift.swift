internal import LeaseQueue

/// Which exploration a worker turns to next, and how many points of it.
struct WorkShift: Sendable {
    private struct Lane {
        var pace = BatchPace()
        /// Why no more points come from it.
        var closed: ControlState?
        /// It had no work; it is not asked again before then.
        var restsUntil: ContinuousClock.Instant?
    }

    private var lanes: [Lane]
    private var schedule: StrideSchedule
    /// How long an exploration without work is left alone while others have some.
    private static let rest = Duration.milliseconds(100)

    init(weights: [Int]) {
        lanes = weights.map { _ in Lane() }
        schedule = StrideSchedule(weights: weights)
    }

    /// Those that may have points, in the order of their turns.
    var turns: [Int] {
        schedule.order(of: open.filter { lanes[$0].restsUntil.map { $0 <= .now } ?? true })
    }

    /// Those that have not been drained or stopped.
    var open: [Int] { lanes.indices.filter { lanes[$0].closed == nil } }

    /// What the operator said, once all are drained or stopped.
    var end: ControlState? { open.isEmpty ? lanes.last?.closed : nil }

    /// How many points of it to lease at a time.
    func size(_ index: Int) -> Int { lanes[index].pace.size }

    /// Whether it has the next turn, as far as is known.
    func isNext(_ index: Int) -> Bool { turns.first == index }

    /// Takes note of what came of asking it for points.
    mutating func note(_ index: Int, _ reply: LeaseReply) {
        if reply.control == .drain || reply.control == .stop { lanes[index].closed = reply.control }
        if reply.leases.isEmpty {
            schedule.rest(index)
            lanes[index].restsUntil = .now + Self.rest
        } else {
            schedule.wake(index)
            lanes[index].restsUntil = nil
        }
    }

    /// Takes note of what its batch took.
    mutating func charge(_ index: Int, runs: Int, elapsed: Duration) {
        lanes[index].pace.record(runs: runs, elapsed: elapsed)
        schedule.charge(index, max(elapsed / .seconds(1), 1e-6 * Double(max(1, runs))))
    }

    mutating func close(_ index: Int, _ state: ControlState) { lanes[index].closed = state }

    /// Any may have work again.
    mutating func wakeAll() {
        for index in lanes.indices { lanes[index].restsUntil = nil }
    }
}
