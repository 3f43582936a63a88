internal import ParameterSpace

/// A strategy in sentences: what it does with this space, and how many points that means.
struct StrategySummary {
    let strategy: Strategy
    let space: Space
    /// The names of the model's outputs.
    let outputs: [String]

    /// A line each.
    var lines: [String] {
        switch strategy {
        case .flood(let flood):
            let shape =
                flood.neighbourhood.shape == .sides ? "one parameter at a time" : "any number of parameters at once"
            let steps = flood.neighbourhood.steps
            let most = flood.neighbourhood.maxCount(axes: space.axes.count)
            return [
                "flood: every stable point's neighbours up to \(steps) step\(steps == 1 ? "" : "s") away, \(shape); "
                    + "\(most) at most"
            ] + (flood.expandsKnown ? ["stable points that are known already are explored again at the start"] : [])
        case .frontier(let frontier):
            return [
                "frontier: in steps of \(frontier.initialStep), then halved wherever the verdict changes; the edge is followed "
                    + "every \(frontier.traceStep) step\(frontier.traceStep == 1 ? "" : "s")",
                "a step is \(resolution(frontier.resolution))",
                frontier.interior == .fill
                    ? "the inside is filled at the end" : "the inside is left at steps of \(frontier.initialStep)",
            ]
        case .adaptive(let adaptive):
            return [
                "adaptive: \(adaptive.batch) points at a time where a model of \(edge(adaptive.target)) is least sure",
                "a step is \(resolution(adaptive.resolution)); the edge is looked for in steps of \(adaptive.initialStep)",
            ]
        case .sequence(let plan):
            return [sequence(plan)]
        }
    }

    private func resolution(_ steps: [Int]) -> String {
        zip(space.axes, steps).map { line, steps in
            "\(steps) value\(steps == 1 ? "" : "s") of \(space.parameters[line.index].name)"
        }.joined(separator: ", ")
    }

    private func edge(_ target: Adaptive.Target) -> String {
        switch target {
        case .verdict: "the stable region's edge"
        case .output(let index, let level): "where \(outputs[index]) passes \(level)"
        }
    }

    private func sequence(_ plan: SequencePlan) -> String {
        switch plan {
        case .grid(let every):
            let counts = zip(space.axes, every).map { line, every in
                let values = AxisGrid(line.axis)?.count ?? 0
                return "\((values + every - 1) / every) of \(space.parameters[line.index].name)"
            }
            return "grid: \(counts.joined(separator: " × ")) = \(count) points, less those that are none"
        case .sobol(_, let scrambling, let seed):
            return "sobol: \(count) points, scrambling \(scrambling.rawValue), seed \(seed), on the axes' values"
        case .latinHypercube(_, let seed):
            return "latin-hypercube: \(count) points, seed \(seed), on the axes' values"
        case .list:
            return "list: \(count) points"
        }
    }

    private var count: Int {
        if case .sequence(let sequence) = strategy.search(in: space) { sequence.count } else { 0 }
    }
}
