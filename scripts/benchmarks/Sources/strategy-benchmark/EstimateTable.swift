internal import ParameterSpace
internal import Simulation

/// The errors of the estimates of the remaining runs while searches of a region are under way.
struct EstimateTable {
    let region: SyntheticRegion

    private static let shares = [0.1, 0.25, 0.5, 0.75]
    /// An adaptive search becomes slower with every run; this many runs complete it in most regions.
    private static let maxAdaptiveRuns = 4_000

    /// A line for each strategy with the true number of remaining runs, its estimate and its bounds, at several
    /// fractions of the runs.
    var text: String {
        let steps = [Int](repeating: 1, count: region.dimensions)
        let strategies: [(name: String, strategy: Strategy, limit: Int)] = [
            ("flood", .flood(Flood(Neighbourhood(shape: .sides, steps: 1))), .max),
            ("frontier", .frontier(Frontier(resolution: steps)), .max),
            ("frontier, filled", .frontier(Frontier(resolution: steps, interior: .fill)), .max),
            ("adaptive", .adaptive(Adaptive(resolution: steps)), Self.maxAdaptiveRuns),
        ]
        let title = "\(region.shape.title), \(region.dimensions)-D: remaining runs, true: estimated (bounds)"
        let heads = Self.shares.map { "at \(Int($0 * 100)) %" }
        return ([title, row("", heads)] + strategies.compactMap { line($0.name, $0.strategy, $0.limit) })
            .joined(separator: "\n") + "\n"
    }

    private func line(_ name: String, _ strategy: Strategy, _ limit: Int) -> String? {
        guard let trace = EstimateTrace(strategy, in: region.space, upTo: limit, oracle: region.judge),
            trace.isComplete
        else { return nil }
        return row(
            name,
            Self.shares.map { share in
                guard let reading = trace.reading(after: share) else { return "-" }
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
