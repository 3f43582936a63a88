internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import Pipeline
internal import Support

/// `atmos space`: checks and lists without running anything.
struct SpaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "space",
        abstract: "Check an exploration's file, or list the neighbours of a point or the points of a plan.",
        subcommands: [Check.self, Neighbours.self, Points.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the errors of an exploration's file with their lines, or the meaning of a valid one.")

        @Argument(help: "The exploration's YAML file.")
        var file: String

        @OptionGroup var log: LogOptions

        func run() async throws {
            try await Program.run("atmos space check", log, defaultLevel: .warning) { _ in
                let definition = try DefinitionReader.read(file: file)
                print("\(file) is a valid exploration, '\(definition.name)': \(definition.title)")
                for parameter in definition.space.parameters {
                    print("  \(parameter.name) = \(parameter.start) \(parameter.unit), \(parameter.role.summary)")
                }
                for constraint in definition.space.constraints {
                    print("  constraint: \(constraint.text)")
                }
                let outputs = definition.model.outputs.map(\.name)
                let summary = StrategySummary(
                    strategy: definition.strategy, space: definition.space, outputs: outputs)
                for line in summary.lines { print("  \(line)") }
                return .success
            }
        }
    }

    struct Neighbours: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the neighbours of a point, with a code and a hash on each line.",
            discussion:
                "The code lists the values in the file's order: O2,N2,H2O,… as printed by `atmos space check`. "
                + "With a strategy other than flood, the neighbours are those one step away along one axis.")

        @Argument(help: "The exploration's YAML file.")
        var file: String

        @Option(help: "List the neighbours of the point with this code (default: the start point).")
        var point: String?

        @OptionGroup var log: LogOptions

        func run() async throws {
            try await Program.run("atmos space neighbours", log, defaultLevel: .warning) { _ in
                let definition = try DefinitionReader.read(file: file)
                let space = definition.space
                guard let centre = try point.map({ try space.point(code: $0) }) ?? space.start else {
                    preconditionFailure("DefinitionReader rejects a definition without a start point")
                }
                for neighbour in definition.neighbours(of: centre) {
                    print("\(neighbour.code) \(space.hash(of: neighbour))")
                }
                return .success
            }
        }
    }

    struct Points: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print the first points of a grid, sobol, latin-hypercube or list, with code and hash on each line.",
            discussion: "Entries of the plan that are not points, or that a constraint forbids, are skipped.")

        @Argument(help: "The exploration's YAML file.")
        var file: String

        @Option(help: ArgumentHelp("Print at most this many points.", valueName: "count"))
        var count = 10

        @OptionGroup var log: LogOptions

        func run() async throws {
            try await Program.run("atmos space points", log, defaultLevel: .warning) { _ in
                let definition = try DefinitionReader.read(file: file)
                guard case .sequence(let sequence) = definition.strategy.search(in: definition.space) else {
                    throw ValidationError(
                        "\(file) has no list of points: its strategy chooses them by verdicts")
                }
                let points = (0..<sequence.count).lazy.compactMap(sequence.point(at:))
                for point in points.prefix(max(0, count)) {
                    print("\(point.code) \(definition.space.hash(of: point))")
                }
                return .success
            }
        }
    }
}

extension Parameter.Role {
    fileprivate var summary: String {
        switch self {
        case .fixed: "fixed"
        case .remainder(let decimals): "the remainder, rounded to \(decimals) decimals"
        case .axis(let axis):
            switch axis.scale {
            case .linear(let bins) where bins.count == 1: "axis in steps of \(bins[0].step)"
            case .linear(let bins): "axis in \(bins.count) bins"
            case .logarithmic(let grid): "axis with \(grid.stepsPerDecade) steps per decade"
            }
        }
    }
}

/// Describes a strategy in sentences: its behaviour in a space, and the number of points.
private struct StrategySummary {
    let strategy: Strategy
    let space: Space
    /// The names of the model's outputs.
    let outputs: [String]

    /// The lines of the description.
    var lines: [String] {
        switch strategy {
        case .flood(let flood):
            let shape =
                flood.neighbourhood.shape == .sides ? "one parameter at a time" : "any number of parameters at once"
            let steps = flood.neighbourhood.steps
            let maxPoints = flood.neighbourhood.maxCount(axes: space.axes.count)
            return [
                "flood: every stable point's neighbours up to \(steps) step\(steps == 1 ? "" : "s") away, \(shape); "
                    + "\(maxPoints) at most"
            ] + (flood.expandsKnown ? ["stable points that are known already are expanded again at the start"] : [])
        case .frontier(let frontier):
            return [
                "frontier: in steps of \(frontier.initialStep), then halved where the verdict changes; the edge is followed "
                    + "every \(frontier.traceStep) step\(frontier.traceStep == 1 ? "" : "s")",
                "a step is \(resolution(frontier.resolution))",
                frontier.interior == .fill
                    ? "the interior is filled at the end" : "the interior is left at steps of \(frontier.initialStep)",
            ]
        case .adaptive(let adaptive):
            return [
                "adaptive: \(adaptive.batch) points at a time where a model of \(edge(adaptive.target)) is most "
                    + "uncertain",
                "a step is \(resolution(adaptive.resolution)); the edge is searched in steps of \(adaptive.initialStep)",
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
        case .output(let index, let level): "the level \(level) of \(outputs[index])"
        }
    }

    private func sequence(_ plan: SequencePlan) -> String {
        switch plan {
        case .grid(let every):
            let counts = zip(space.axes, every).map { line, every in
                let values = AxisGrid(line.axis)?.count ?? 0
                return "\((values + every - 1) / every) of \(space.parameters[line.index].name)"
            }
            return "grid: \(counts.joined(separator: " × ")) = \(count) points, including any that constraints forbid"
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
