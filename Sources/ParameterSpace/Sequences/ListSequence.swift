/// The points of a list.
struct ListSequence: PointSequence {
    let points: [Point]

    var count: Int { points.count }

    func point(at index: Int) -> Point? {
        points[index]
    }
}
