internal import DequeModule

/// Points that wait in a queue: the higher priority first and, within one, the one that came first.
struct PointLines {
    private var lines = [Deque<PointRegister.Number>](repeating: [], count: 10)
    private(set) var count = 0

    mutating func append(_ point: PointRegister.Number, priority: Int) {
        lines[priority].append(point)
        count += 1
    }

    /// Puts a point back to where it was taken from.
    mutating func putBack(_ point: PointRegister.Number, priority: Int) {
        lines[priority].prepend(point)
        count += 1
    }

    mutating func next() -> PointRegister.Number? {
        guard count > 0 else { return nil }
        for priority in lines.indices.reversed() {
            guard let point = lines[priority].popFirst() else { continue }
            count -= 1
            return point
        }
        return nil
    }

    /// The next points, `most` of them where there are so many.
    mutating func next(upTo most: Int) -> [PointRegister.Number] {
        var points: [PointRegister.Number] = []
        points.reserveCapacity(min(most, count))
        while points.count < most, let point = next() { points.append(point) }
        return points
    }
}
