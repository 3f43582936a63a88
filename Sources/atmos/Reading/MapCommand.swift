internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Logging
internal import ModelRunner
internal import ParameterSpace
internal import RunLedger
internal import Support
internal import SystemPackage

/// `atmos map`: an exploration's map.
struct MapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Draw the map of an exploration, as SVG and PNG.",
        discussion: """
            Stable points are coloured by an output of the model; unstable ones are crosses. Points that differ only \
            in parameters other than the two axes share a position.

              atmos map --axes CO2,CH4 --exploration earth --output earth-CO2-CH4
            """)

    /// The former way to name the exploration.
    @Argument(help: .hidden)
    var name: String?

    @Option(help: "Write the map to this file, named without .svg and .png.")
    var output = "map"

    @OptionGroup var exploration: ExplorationOption
    @OptionGroup var axes: MapAxesOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var log: LogOptions

    func validate() throws { _ = try exploration.or(name) }

    func run() async throws {
        try await Program.run("atmos map", log, defaultLevel: .error) { logger in
            let exploration = try exploration.or(name)
            let map = try await data.withLedger(of: exploration.name(), logger: logger) { ledger, _ in
                let definition = try await exploration.choose(from: ledger.registered()).readDefinition()
                return try await ExplorationMap.make(of: definition, ledger: ledger, axes: axes)
            }
            let path = FilePath(output)
            guard let name = path.lastComponent else {
                throw SettingError(description: "--output must name a file, without .svg and .png")
            }
            let files = try map.write(to: path.removingLastComponent(), name: name.string)
            print("map: \(files.map(\.string).joined(separator: " and "))")
            return .success
        }
    }
}

/// The axes and the colour of a map.
struct MapAxesOptions: ParsableArguments {
    @Option(help: "Draw these parameters on the map's axes: CO2,CH4 (default: the file's, else the two most explored).")
    var axes: String?

    @Option(help: "Colour stable points by this output (default: the file's, else the model's first).")
    var colour: String?

    init() {}

    /// The two names; `nil` for the default.
    var names: [String]? {
        axes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// - Throws: ``SettingError`` if the exploration does not have a name.
    func check(against definition: ExplorationDefinition) throws {
        let parameters = definition.space.parameters.map(\.name)
        if let names {
            guard names.count == 2, names[0] != names[1] else {
                throw SettingError(
                    description: "--axes takes two different parameters, such as CO2,CH4, not '\(axes!)'")
            }
            for name in names where !parameters.contains(name) {
                throw SettingError(
                    description:
                        "--axes: there is no parameter '\(name)'; there are \(parameters.joined(separator: ", "))")
            }
        }
        let outputs = definition.model.outputs.map(\.name)
        if let colour, !outputs.contains(colour) {
            throw SettingError(
                description: "--colour: the model has no output '\(colour)'; it has \(outputs.joined(separator: ", "))")
        }
    }
}
