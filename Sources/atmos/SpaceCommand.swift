internal import ArgumentParser
internal import Exploration
internal import Logging
internal import ParameterSpace

/// `atmos space`: looks at an exploration's file without running anything.
struct SpaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "space",
        abstract: "Check an exploration's file, or list the neighbours of a point.",
        subcommands: [Check.self, Neighbours.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what is wrong with an exploration's file, and on which line.")

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
                return .success
            }
        }
    }

    struct Neighbours: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the neighbours of a point, a code and a hash on each line.",
            discussion: "The code lists the values in the file's order: O2,N2,H2O,… as `atmos space check` prints them."
        )

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
                switch definition.strategy {
                case .flood(let neighbourhood):
                    for neighbour in neighbourhood.neighbours(of: centre, in: space) {
                        print("\(neighbour.code) \(space.hash(of: neighbour))")
                    }
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
        case .filler(let decimals): "filler, rounded to \(decimals) decimals"
        case .axis(let axis):
            switch axis.scale {
            case .linear(let bins) where bins.count == 1: "axis in steps of \(bins[0].step)"
            case .linear(let bins): "axis in \(bins.count) bins"
            case .logarithmic(let grid): "axis with \(grid.stepsPerDecade) steps per decade"
            }
        }
    }
}
