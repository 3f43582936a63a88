internal import ExplorationFile
internal import ModelRunner
internal import ParameterSpace

/// What the columns of the survey's summary stand for in an exploration.
struct SurveyColumns: Sendable {
    /// The column of each parameter; nil for one that the summary does not tell: it is the filler, or keeps its start.
    let parameters: [Int?]
    /// The column of each output of the exploration; nil for one that the summary does not tell.
    let outputs: [Int?]
    /// The column of the survey's own name for a run.
    let hash: Int?
    /// How many columns there are.
    let count: Int

    /// Finds the columns.
    ///
    /// - Throws: ``SurveyProblem`` where the summary lacks a parameter that the exploration varies, or has no output of it.
    init(_ names: [String], of definition: ExplorationDefinition) throws(SurveyProblem) {
        func column(_ name: String) -> Int? { names.firstIndex(of: name) }
        guard Set(names).count == names.count else {
            throw SurveyProblem(description: "a column is there twice")
        }
        count = names.count
        hash = column("hash")
        var parameters: [Int?] = []
        for parameter in definition.space.parameters {
            let index = column("input_\(parameter.name)")
            switch parameter.role {
            case .remainder: parameters.append(nil)
            case .axis where index == nil:
                throw SurveyProblem(
                    description: "there is no column input_\(parameter.name), which '\(definition.name)' varies")
            case .axis, .fixed: parameters.append(index)
            }
        }
        self.parameters = parameters
        let known = Self.outputs(of: names)
        outputs = definition.model.outputs.map { known[$0.name] }
        guard outputs.contains(where: { $0 != nil }) else {
            throw SurveyProblem(
                description:
                    "none of its columns is an output of '\(definition.name)': is that an exploration by Atmos?")
        }
    }

    /// The columns by the names of Atmos's outputs.
    private static func outputs(of names: [String]) -> [String: Int] {
        var outputs: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            if name == "temperature_kelvin" { outputs[VPLAtmosOutputs.surfaceTemperature] = index }
            if name == "pressure_bar" { outputs[VPLAtmosOutputs.surfacePressure] = index }
            for (prefix, output) in [("concentration_", VPLAtmosOutputs.mixingRatio), ("flux_", VPLAtmosOutputs.flux)]
            where name.hasPrefix(prefix) {
                outputs[output(String(name.dropFirst(prefix.count)))] = index
            }
        }
        return outputs
    }
}

/// What is wrong with a summary. The description completes a sentence that begins with the file and the line.
struct SurveyProblem: Error, CustomStringConvertible {
    let description: String
}
