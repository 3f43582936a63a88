/// The workers: their points and the start of their runs.
struct WorkerPool {
    enum RunEnd {
        case verdict, failure, timeOut
    }

    /// The point of a worker that is idle or absent.
    static let none = PointTable.Number.max

    private(set) var points: [PointTable.Number]
    /// The number of previous workers in each slot.
    private(set) var generations: [UInt32]
    private(set) var starts: [Double]
    /// The outcome of each current run.
    private(set) var ends: [RunEnd]
    private var isPresent: [Bool]
    /// The slots of idle workers; some of them may be busy again.
    private var idle: [UInt32] = []
    private(set) var busyCount = 0
    private(set) var presentCount = 0

    init(slots: Int) {
        points = [PointTable.Number](repeating: Self.none, count: slots)
        generations = [UInt32](repeating: 0, count: slots)
        starts = [Double](repeating: 0, count: slots)
        ends = [RunEnd](repeating: .verdict, count: slots)
        isPresent = [Bool](repeating: false, count: slots)
    }

    mutating func arrive(_ slot: UInt32) {
        isPresent[Int(slot)] = true
        presentCount += 1
        idle.append(slot)
    }

    /// - Returns: the worker's point, if it was running one.
    mutating func leave(_ slot: UInt32) -> PointTable.Number? {
        let point = end(slot)
        isPresent[Int(slot)] = false
        generations[Int(slot)] += 1
        presentCount -= 1
        return point
    }

    /// Returns the slot of an idle worker.
    mutating func nextIdle() -> UInt32? {
        while let slot = idle.popLast() {
            if isPresent[Int(slot)], points[Int(slot)] == Self.none { return slot }
        }
        return nil
    }

    mutating func start(_ slot: UInt32, on point: PointTable.Number, at time: Double, end: RunEnd) {
        points[Int(slot)] = point
        starts[Int(slot)] = time
        ends[Int(slot)] = end
        busyCount += 1
    }

    /// Ends a worker's run.
    ///
    /// - Returns: its point, if it was running one.
    mutating func end(_ slot: UInt32) -> PointTable.Number? {
        let point = points[Int(slot)]
        guard point != Self.none else { return nil }
        points[Int(slot)] = Self.none
        busyCount -= 1
        return point
    }

    mutating func markIdle(_ slot: UInt32) { idle.append(slot) }
}
