internal import ArgumentParser
internal import ExplorationFile
internal import ModelRunner
internal import ParameterSpace
internal import Support

/// What a map shows.
struct MapAxesOptions: ParsableArguments {
    @Option(help: "The map's horizontal and vertical axis: CO2,CH4 (default: the file's, else the two most explored).")
    var axes: String?

    @Option(help: "The output that colours stable points (default: the file's, else the model's first).")
    var colour: String?

    init() {}

    /// The two names, or nil for the default.
    var names: [String]? {
        axes?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// - Throws: ``SettingError`` where a name is not the exploration's.
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
