package import ModelRunner
internal import ParameterSpace
internal import Yams

extension ExplorationDefinition {
    /// The parameters with their values at the start point.
    private var modelParameters: [ModelParameter] {
        zip(space.parameters, starts[0].values).map { parameter, start in
            var lowest: String?
            if case .axis(let axis) = parameter.role { lowest = axis.range.lowerBound.description }
            return ModelParameter(name: parameter.name, start: start.description, lowest: lowest)
        }
    }

    /// The start point for a model.
    package var startInput: ModelInput {
        let point = starts[0]
        let values = zip(space.parameters, point.values).map { NamedValue(name: $0.name, value: $1.description) }
        return ModelInput(hash: space.hash(of: point).description, code: point.code, values: values)
    }

    /// Finds Atmos, and holds the exploration's species against its package.
    ///
    /// - Throws: `ModelFailure` if the package is not complete; ``DefinitionError`` with each parameter that Atmos could
    ///   never run, at its line.
    package func atmos(_ configuration: VPLAtmosConfiguration) throws -> VPLAtmosModel {
        let model = try VPLAtmosModel(configuration, baseFolder: folder)
        let faults = model.faults(of: modelParameters)
        guard !faults.isEmpty else { return model }
        let list = DiagnosticList()
        let parameters = try YAMLFile.compose(source, file: file)["parameters"]
        for fault in faults {
            let node = parameters?.sequence?.first { $0["name"]?.string == fault.parameter }
            if let place = node ?? parameters { list.add(fault.message, at: place) }
        }
        throw DefinitionError(file: file, diagnostics: list.diagnostics)
    }
}
