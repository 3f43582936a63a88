internal import ParameterSpace

/// How far off the estimates of the runs that remain are, while searches of a region are under way.
struct EstimateTable {
    let region: SyntheticRegion

    private static let shares = [0.1, 0.25, 0.5, 0.75]
    /// An adaptive search takes ever longer to think; this many runs are enough to know its end in most regions.
    private static let mostOfAdaptive = 4_000

    /// A line for each strategy, with what remained in truth, what was estimated, and the bounds, for each share of the
    /// runs that were done.
    var text: String {
        let steps = [Int](repeating: 1, count: region.dimensions)
        let strategies: [(name: String, strategy: Strategy, most: Int)] = [
            ("flood", .flood(Flood(Neighbourhood(shape: .sides, steps: 1))), .max),
            ("frontier", .frontier(Frontier(resolution: steps)), .max),
            ("frontier, filled", .frontier(Frontier(resolution: steps, interior: .fill)), .max),
            ("adaptive", .adaptive(Adaptive(resolution: steps)), Self.mostOfAdaptive),
        ]
        let title = "\(region.shape.title), \(region.dimensions)-D: runs that remain, in truth: estimated (bounds)"
        let heads = Self.shares.map { "at \(Int($0 * 100)) %" }
        return ([title, row("", heads)] + strategies.compactMap { line($0.name, $0.strategy, $0.most) })
            .joined(separator: "\n") + "\n"
    }

    private func line(_ name: String, _ strategy: Strategy, _ most: Int) -> String? {
        guard let course = EstimateCourse(strategy, in: region.space, upTo: most, oracle: region.judge),
            course.isWhole
        else { return nil }
        return row(
            name,
            Self.shares.map { share in
                guard let reading = course.reading(after: share) else { return "-" }
                let (remaining, truth) = (reading.remaining, reading.truth)
                guard let estimate = remaining.estimate, let upper = remaining.upper else { return "\(truth): -" }
                return "\(truth): \(Int(estimate)) (\(Int(remaining.lower))-\(Int(upper)))"
            })
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        let first = "  " + name + String(repeating: " ", count: max(1, 18 - name.count))
        return first + cells.map { String(repeating: " ", count: max(1, 30 - $0.count)) + $0 }.joined()
    }
}
