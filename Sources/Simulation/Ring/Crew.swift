/// The workers: which run what, and since when.
struct Crew {
    enum RunEnd {
        case verdict, failure, timeOut
    }

    /// A worker that runs nothing, or is not there, has this point.
    static let none = PointRegister.Number.max

    private(set) var points: [PointRegister.Number]
    /// How many workers have had a place before.
    private(set) var generations: [UInt32]
    private(set) var starts: [Double]
    /// How what they run will end.
    private(set) var ends: [RunEnd]
    private var isThere: [Bool]
    /// Places of idle workers; some that are idle no more are among them.
    private var idle: [UInt32] = []
    private(set) var busyCount = 0
    private(set) var presentCount = 0

    init(places: Int) {
        points = [PointRegister.Number](repeating: Self.none, count: places)
        generations = [UInt32](repeating: 0, count: places)
        starts = [Double](repeating: 0, count: places)
        ends = [RunEnd](repeating: .verdict, count: places)
        isThere = [Bool](repeating: false, count: places)
    }

    mutating func arrive(_ place: UInt32) {
        isThere[Int(place)] = true
        presentCount += 1
        idle.append(place)
    }

    /// - Returns: the point that the worker ran, if it ran one.
    mutating func leave(_ place: UInt32) -> PointRegister.Number? {
        let point = end(place)
        isThere[Int(place)] = false
        generations[Int(place)] += 1
        presentCount -= 1
        return point
    }

    /// The place of a worker that has nothing to do.
    mutating func nextIdle() -> UInt32? {
        while let place = idle.popLast() {
            if isThere[Int(place)], points[Int(place)] == Self.none { return place }
        }
        return nil
    }

    mutating func start(_ place: UInt32, on point: PointRegister.Number, at time: Double, end: RunEnd) {
        points[Int(place)] = point
        starts[Int(place)] = time
        ends[Int(place)] = end
        busyCount += 1
    }

    /// Ends what a worker runs.
    ///
    /// - Returns: its point, if it ran one.
    mutating func end(_ place: UInt32) -> PointRegister.Number? {
        let point = points[Int(place)]
        guard point != Self.none else { return nil }
        points[Int(place)] = Self.none
        busyCount -= 1
        return point
    }

    mutating func becomesIdle(_ place: UInt32) { idle.append(place) }
}
