/// A search that runs the neighbours of every stable point.
package struct Flood: Hashable, Sendable {
    package let neighbourhood: Neighbourhood
    /// Whether a restart of the exploration also expands the points that the ledger already knows as stable, for use
    /// after the axes have been extended.
    package let expandsKnown: Bool

    package init(_ neighbourhood: Neighbourhood, expandsKnown: Bool = false) {
        self.neighbourhood = neighbourhood
        self.expandsKnown = expandsKnown
    }
}

/// ``Flood`` in a space.
struct FloodSearch: LocalSearch {
    let flood: Flood
    let space: Space

    var expandsUnstablePoints: Bool { false }

    var maxProposals: Int { flood.neighbourhood.maxCount(axes: space.axes.count) }

    func origins(of point: Point) -> [Point]? { flood.neighbourhood.neighbours(of: point, in: space) }

    func questions(about finished: FinishedPoint) -> [Point] { [] }

    func proposals(after finished: FinishedPoint, knowing known: [Point: Bool]) -> [Proposal] {
        guard finished.isStable else { return [] }
        return flood.neighbourhood.neighbours(of: finished.point, in: space).map {
            Proposal(point: $0, priority: Proposal.defaultPriority, parent: finished.point)
        }
    }
}

/// The set of neighbours of a point.
package struct Neighbourhood: Hashable, Sendable {
    package enum Shape: String, CaseIterable, Hashable, Sendable {
        /// One parameter differs.
        case sides
        /// Any number of parameters differ.
        case diagonals
    }

    package let shape: Shape
    /// The largest distance in each direction, in steps of each axis; at least 1.
    package let steps: Int

    /// - Precondition: `steps` is at least 1.
    package init(shape: Shape, steps: Int) {
        precondition(steps >= 1, "neighbours are at least one step away")
        self.shape = shape
        self.steps = steps
    }

    /// The largest number of neighbours with this many axes; `Int.max` on overflow.
    package func maxCount(axes: Int) -> Int {
        switch shape {
        case .sides:
            return 2 * steps * axes
        case .diagonals:
            var product = 1
            for _ in 0..<axes {
                let (next, overflow) = product.multipliedReportingOverflow(by: 2 * steps + 1)
                if overflow { return .max }
                product = next
            }
            return product - 1
        }
    }

    /// The neighbours of `point` in a fixed order, without the point itself.
    ///
    /// Values beyond an axis's ends and points with a negative remainder are left out.
    package func neighbours(of point: Point, in space: Space) -> [Point] {
        let choices = space.axes.map { index, axis in
            let (below, above) = axis.neighbours(of: point.values[index], steps: steps)
            return (index: index, values: below.reversed() + above)
        }
        let candidates =
            switch shape {
            case .sides: sides(of: point, choices)
            case .diagonals: Array(diagonals(of: point, choices).dropFirst())
            }
        return candidates.compactMap(space.point(completing:))
    }

    private func sides(of point: Point, _ choices: [(index: Int, values: [ExactDecimal])]) -> [[ExactDecimal]] {
        choices.flatMap { index, values in
            values.map { value in
                var neighbour = point.values
                neighbour[index] = value
                return neighbour
            }
        }
    }

    /// All combinations, the point itself first.
    private func diagonals(of point: Point, _ choices: [(index: Int, values: [ExactDecimal])]) -> [[ExactDecimal]] {
        var combinations = [point.values]
        for (index, values) in choices {
            combinations += combinations.flatMap { combination in
                values.map { value in
                    var neighbour = combination
                    neighbour[index] = value
                    return neighbour
                }
            }
        }
        return combinations
    }
}
