internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import Pipeline
internal import Support

/// `atmos space`: looks at an exploration's file without running anything.
struct SpaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "space",
        abstract: "Check an exploration's file, or list the neighbours of a point or the points of a plan.",
        subcommands: [Check.self, Neighbours.self, Points.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what is wrong with an exploration's file, and on which line; or else what it means.")

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
            abstract: "Print the neighbours of a point, a code and a hash on each line.",
            discussion:
                "The code lists the values in the file's order: O2,N2,H2O,… as `atmos space check` prints them. "
                + "With a strategy other than flood, the neighbours are those one step away along one axis.")

        @Argument(help: "The exploration's YAML file.")
        var file: String

        @Option(help: "The point's code (default: the start point).")
        var point: String?

        @OptionGroup var log: LogOptions

        func run() async throws {
            try await Program.run("atmos space neighbours", log, defaultLevel: .warning) { _ in
                let definition = try DefinitionReader.read(file: file)
                let space = definition.space
                guard let centre = try point.map({ try space.point(code: $0) }) ?? space.start else {
                    preconditionFailure("a definition without a start point is refused when it is read")
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
                "Print the first points of a grid, sobol, latin-hypercube or list, a code and a hash on each line.",
            discussion: "Numbers of the plan that are no point, or that a constraint forbids, are passed over.")

        @Argument(help: "The exploration's YAML file.")
        var file: String

        @Option(help: ArgumentHelp("How many points to print at most.", valueName: "count"))
        var count = 10

        @OptionGroup var log: LogOptions

        func run() async throws {
            try await Program.run("atmos space points", log, defaultLevel: .warning) { _ in
                let definition = try DefinitionReader.read(file: file)
                guard case .sequence(let sequence) = definition.strategy.search(in: definition.space) else {
                    throw ValidationError(
                        "\(file) does not lay out its points beforehand: its strategy finds them by their verdicts")
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
        case .remainder(let decimals): "filler, rounded to \(decimals) decimals"
        case .axis(let axis):
            switch axis.scale {
            case .linear(let bins) where bins.count == 1: "axis in steps of \(bins[0].step)"
            case .linear(let bins): "axis in \(bins.count) bins"
            case .logarithmic(let grid): "axis with \(grid.stepsPerDecade) steps per decade"
            }
        }
    }
}
