internal import Support

/// Finds the most informative places for following an edge from its known pairs.
///
/// Next to every pair, the model predicts where the edge is two and three steps away. Three steps is the largest
/// distance between two pairs at which each place of the edge between them is within one step of one of them.
struct EdgeWalk {
    struct Candidate {
        let coordinates: Lattice.Coordinates
        /// The straddle score, 1.96 σ - |μ|, in steps.
        let score: Double
        /// The site from which it was reached.
        let parent: Lattice.Coordinates
    }

    let field: EdgeField
    let lattice: Lattice

    /// The range around the predicted place in which the edge is searched for, in steps.
    private static let reach = 3

    /// Returns places worth a run, in no particular order.
    ///
    /// Pairs are visited in turn, starting at one that depends on the number of sites, so that every pair is visited
    /// eventually although the search stops early.
    ///
    /// - Parameters:
    ///   - diagonally: whether to move along two axes at once instead of one.
    ///   - count: the number of places after which the search stops.
    func candidates(diagonally: Bool, limit count: Int) -> [Candidate] {
        var visited: Set<LatticeKeys.Key> = []
        var candidates: [Candidate] = []
        let begin = field.pairs.isEmpty ? 0 : Int(SplitMix64.mix(UInt64(field.sites.count)) % UInt64(field.pairs.count))
        for pair in field.pairs[begin...] + field.pairs[..<begin] where !isSurrounded(pair, diagonally) {
            if candidates.count >= count { break }
            let inner = field.sites[pair.inner].coordinates
            let outer = inner.moved(pair.axis, by: pair.direction)
            let middle = zip(inner, outer).map { Double($0 + $1) / 2 }
            guard let model = field.model(around: middle, axis: pair.axis, outwards: pair.direction)
            else { continue }
            let slope = slope(of: model, dimensions: inner.count)
            guard let steepest = slope.indices.max(by: { slope[$0].magnitude < slope[$1].magnitude }),
                slope[steepest] != 0
            else { continue }
            let start = EdgeColumn(
                base: inner, axis: steepest, inwards: slope[steepest] > 0 ? 1 : -1,
                // The middle of the pair is half a step from its inner end.
                expected: steepest == pair.axis ? Double(pair.direction) / 2 : 0)
            for move in moves(across: steepest, dimensions: inner.count, diagonally: diagonally) {
                let two = start.moved(move, times: 2, slope: slope)
                let way = UInt64(2 * steepest + (two.inwards > 0 ? 1 : 0))
                guard visited.insert(field.keys.key(two.base) &+ way).inserted else { continue }
                switch look(two, start.moved(move, times: 3, slope: slope), from: inner) {
                case .settled: break
                case .edge(let candidate): candidates.append(candidate)
                case .lost: candidates += trace(pair)
                }
            }
        }
        return candidates
    }

    /// Whether a pair has neighbours on all sides that face the same way, so close that the edge in between is within
    /// one step of one of them.
    private func isSurrounded(_ pair: EdgeField.Pair, _ diagonally: Bool) -> Bool {
        moves(across: pair.axis, dimensions: lattice.dimensions, diagonally: diagonally).allSatisfy {
            isSurrounded(pair, towards: $0)
        }
    }

    private func isSurrounded(_ pair: EdgeField.Pair, towards move: [EdgeColumn.Move]) -> Bool {
        let inner = field.sites[pair.inner].key
        let step = move.reduce(0) { $0 &+ field.keys.move($1.axis, by: $1.direction) }
        // In a thin region, the pair found there may belong to the other edge: only one that faces the same way counts.
        return (1...3).contains { distance in
            (-distance...distance).contains { rise in
                let there = inner &+ step &* LatticeKeys.Key(distance) &+ field.keys.move(pair.axis, by: rise)
                return field.hasPair(at: there, axis: pair.axis, direction: pair.direction)
            }
        }
    }

    private func moves(across axis: Int, dimensions: Int, diagonally: Bool) -> [[EdgeColumn.Move]] {
        let axes = (0..<dimensions).filter { $0 != axis }
        let single = axes.map { axis in [-1, 1].map { EdgeColumn.Move(axis: axis, direction: $0) } }
        guard diagonally else { return single.flatMap { $0.map { [$0] } } }
        return single.indices.flatMap { first in
            single.indices.dropFirst(first + 1).flatMap { second in
                single[first].flatMap { one in single[second].map { [one, $0] } }
            }
        }
    }

    /// The gradient of the model at its centre, by central differences over two steps.
    private func slope(of model: LocalGaussianProcess, dimensions: Int) -> [Double] {
        (0..<dimensions).map { axis in
            var place = [Double](repeating: 0, count: dimensions)
            place[axis] = 1
            let ahead = model.mean(at: place)
            place[axis] = -1
            return (ahead - model.mean(at: place)) / 2
        }
    }

    /// The model's view of two consecutive columns.
    private enum Outlook {
        /// The edge there is already known.
        case settled
        case edge(Candidate)
        /// No edge: it turns away, or the model does not have enough information.
        case lost
    }

    private func look(_ two: EdgeColumn, _ three: EdgeColumn, from parent: Lattice.Coordinates) -> Outlook {
        let centre = zip(two.base, three.base).map { Double($0 + $1) / 2 }
        guard let model = field.model(around: centre, axis: two.axis, outwards: -two.inwards),
            let near = crossing(two, model, centre)
        else { return .lost }
        let far = crossing(three, model, centre)
        guard let chosen = choice(near, far) else { return .settled }
        let open = [chosen.inner, chosen.outer].filter { field.side($0.key) == nil }
        let scored = open.compactMap { place -> Candidate? in
            guard lattice.point(at: place.coordinates) != nil else { return nil }
            let prediction = model.prediction(at: zip(place.coordinates, centre).map { Double($0) - $1 })
            return Candidate(
                coordinates: place.coordinates, score: 1.96 * prediction.deviation - prediction.mean.magnitude,
                parent: parent)
        }
        return scored.max { $0.score < $1.score }.map { .edge($0) } ?? .settled
    }

    /// The next place: three steps away if nothing is known there, otherwise the nearest place that is missing.
    private func choice(_ near: Crossing, _ far: Crossing?) -> Crossing? {
        func isOpen(_ place: Place) -> Bool { !field.isSettled(place.key) }
        if let far, isOpen(far.inner), isOpen(far.outer) { return far }
        if isOpen(near.inner) || isOpen(near.outer) { return near }
        return far.flatMap { isOpen($0.inner) || isOpen($0.outer) ? $0 : nil }
    }

    /// The continuation without a model: the neighbours of both ends of a pair if the edge two steps away is not known.
    /// For all verdicts, one pair of them straddles the edge again.
    private func trace(_ pair: EdgeField.Pair) -> [Candidate] {
        let inner = field.sites[pair.inner].coordinates
        let ends = [inner, inner.moved(pair.axis, by: pair.direction)]
        return moves(across: pair.axis, dimensions: inner.count, diagonally: false).flatMap { move -> [Candidate] in
            guard !isSurrounded(pair, towards: move) else { return [] }
            return ends.map { $0.moved(move[0].axis, by: move[0].direction) }.filter {
                field.side(field.keys.key($0)) == nil && lattice.point(at: $0) != nil
            }.map { Candidate(coordinates: $0, score: 0, parent: inner) }
        }
    }

    private struct Place {
        let coordinates: Lattice.Coordinates
        let key: LatticeKeys.Key
    }

    private typealias Crossing = (inner: Place, outer: Place)

    /// The two neighbours in a column between which the edge crosses it; `nil` if it does not.
    private func crossing(
        _ column: EdgeColumn, _ model: LocalGaussianProcess, _ centre: [Double]
    ) -> Crossing? {
        let middle = Int(column.expected.rounded())
        let places = ((middle - Self.reach)...(middle + Self.reach)).map { height in
            let coordinates = column.base.moved(column.axis, by: height)
            return Place(coordinates: coordinates, key: field.keys.key(coordinates))
        }
        let inside = places.map { place in
            field.side(place.key)
                ?? (model.mean(at: zip(place.coordinates, centre).map { Double($0) - $1 }) >= 0)
        }
        let crossings = places.indices.dropLast().filter { index in
            inside[index] != inside[index + 1] && inside[index] == (column.inwards < 0)
        }
        let nearest = crossings.min {
            distance($0, middle, column.expected) < distance($1, middle, column.expected)
        }
        guard let nearest else { return nil }
        return column.inwards < 0
            ? (places[nearest], places[nearest + 1]) : (places[nearest + 1], places[nearest])
    }

    private func distance(_ index: Int, _ middle: Int, _ expected: Double) -> Double {
        (Double(middle - Self.reach + index) + 0.5 - expected).magnitude
    }
}

/// A line of places along the axis that is most nearly perpendicular to an edge.
struct EdgeColumn {
    struct Move {
        let axis: Int
        let direction: Int
    }

    /// A place on the line.
    let base: Lattice.Coordinates
    let axis: Int
    /// 1 or -1: the direction of the inside along the line.
    let inwards: Int
    /// The expected distance of the edge from ``base`` along the line, in steps.
    let expected: Double

    /// The parallel line at a distance, with the edge expected on its tangent plane.
    func moved(_ moves: [Move], times distance: Int, slope: [Double]) -> EdgeColumn {
        var base = base
        var expected = expected
        for move in moves {
            base[move.axis] += move.direction * distance
            // A plane is never steeper than this with respect to its most nearly perpendicular axis.
            let rise = max(-1, min(1, -slope[move.axis] / slope[axis]))
            expected += rise * Double(move.direction * distance)
        }
        return EdgeColumn(base: base, axis: axis, inwards: inwards, expected: expected)
    }
}
