internal import ParameterSpace

/// The next points of a sequence.
struct SequenceStretch: Sendable {
    let points: [Point]
    /// The index to go on from; nil where the sequence has come to its end.
    let next: Int?
}

extension PointSequence {
    /// The points from an index on, as many as fit into one message.
    func stretch(from first: Int) -> SequenceStretch {
        guard first < count else { return SequenceStretch(points: [], next: nil) }
        var points: [Point] = []
        var index = max(0, first)
        // Where constraints forbid nearly all of them, a stretch ends for the time that it takes.
        let end = min(count, index + 100_000)
        while index < end, points.count < 1_000 {
            if let point = point(at: index) { points.append(point) }
            index += 1
        }
        return SequenceStretch(points: points, next: index < count ? index : nil)
    }
}
