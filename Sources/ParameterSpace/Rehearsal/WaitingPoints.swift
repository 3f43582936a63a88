/// Points that wait to be run, each once, by priority and then in the order in which they came.
struct WaitingPoints {
    private var known: Set<Point> = []
    private var queues = [[Point]](repeating: [], count: 10)
    private var heads = [Int](repeating: 0, count: 10)

    /// Whether the point is new.
    mutating func insert(_ point: Point, priority: Int) -> Bool {
        guard known.insert(point).inserted else { return false }
        queues[priority].append(point)
        return true
    }

    /// Marks a point as one that needs no run.
    mutating func pass(_ point: Point) {
        known.insert(point)
    }

    /// How many wait.
    var count: Int {
        zip(queues, heads).reduce(0) { $0 + $1.0.count - $1.1 }
    }

    mutating func next() -> Point? {
        for priority in queues.indices.reversed() where heads[priority] < queues[priority].count {
            heads[priority] += 1
            return queues[priority][heads[priority] - 1]
        }
        return nil
    }
}
