internal import ModelRunner
internal import ParameterSpace
internal import Yams

/// Reads the `model` of a definition.
struct ModelDefinitionReader {
    let parameterNames: [String]

    private enum AdapterName: String, CaseIterable {
        case columnModel = "column-model"
        case atmos
        case command
        case synthetic
    }

    func model(of root: DefinitionSection) -> ModelDefinition? {
        guard root.required("model") != nil,
            let section = root.section(
                "model", title: "the model",
                keys: ["adapter", "command", "outputs", "artifacts", "region"] + VPLAtmosReader.keys + RuntimeReader.keys),
            section.required("adapter") != nil, let adapter = section.word("adapter", AdapterName.self)
        else { return nil }
        switch adapter {
        case .columnModel:
            refuse(
                ["command", "outputs", "artifacts", "region"] + VPLAtmosReader.keys + RuntimeReader.keys, in: section,
                with: adapter)
            return ModelDefinition(
                adapter: .columnModel, outputs: ColumnModel.outputs, artifacts: ColumnModel.artifacts)
        case .atmos:
            refuse(["command", "outputs", "artifacts", "region"] + RuntimeReader.keys, in: section, with: adapter)
            return ModelDefinition(
                adapter: .atmos(VPLAtmosReader().configuration(of: section)), outputs: VPLAtmosModel.outputs,
                artifacts: VPLAtmosModel.artifacts)
        case .command:
            refuse(["region"] + VPLAtmosReader.keys, in: section, with: adapter)
            return command(section)
        case .synthetic:
            refuse(
                ["command", "outputs", "artifacts"] + VPLAtmosReader.keys + RuntimeReader.keys, in: section, with: adapter)
            return synthetic(section)
        }
    }

    private func refuse(_ keys: [String], in section: DefinitionSection, with adapter: AdapterName) {
        for key in keys where section.has(key) {
            section.report("\(section.title): '\(key)' does not go with the adapter \(adapter.rawValue)", at: key)
        }
    }

    private func command(_ section: DefinitionSection) -> ModelDefinition? {
        guard section.required("command") != nil, let command = section.strings("command") else { return nil }
        guard let program = command.first, !program.isEmpty else {
            section.report("\(section.title): 'command' must be a list: the program, then its arguments", at: "command")
            return nil
        }
        let artifacts = section.strings("artifacts") ?? []
        for artifact in artifacts where artifact.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.\-]*/) == nil {
            section.report(
                "\(section.title): the artifact '\(artifact)' must be a plain file name: letters, digits, '.', '_', '-'",
                at: "artifacts")
        }
        return ModelDefinition(
            adapter: .command(command), outputs: outputs(section), artifacts: artifacts,
            runtime: RuntimeReader(section: section).runtime(for: command))
    }

    private func outputs(_ section: DefinitionSection) -> [OutputDefinition] {
        var seen = Set(parameterNames.map { $0.lowercased() })
        return (section.list("outputs") ?? []).compactMap { node in
            let keys = ["name", "unit", "description"]
            guard
                let output = DefinitionSection(
                    node, title: "an output", keys: keys, diagnostics: section.diagnostics),
                let name = output.requiredString("name")
            else { return nil }
            if name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) == nil || name.utf8.count > 60 {
                output.report("'\(name)' is no name for an output: letters, digits and underscores", at: "name")
            }
            if !seen.insert(name.lowercased()).inserted {
                output.report("there is already a parameter or an output '\(name)'", at: "name")
            }
            return OutputDefinition(
                name: name, unit: output.string("unit") ?? "1", description: output.string("description") ?? "")
        }
    }

    private func synthetic(_ section: DefinitionSection) -> ModelDefinition? {
        guard section.required("region") != nil,
            let region = section.section("region", title: "the region", keys: ["centre", "radius"]),
            region.required("centre") != nil, region.required("radius") != nil,
            let centre = numbers("centre", of: region), let radius = numbers("radius", of: region)
        else { return nil }
        if Set(centre.keys) != Set(radius.keys) {
            region.report("the region's 'centre' and 'radius' must name the same parameters", at: "radius")
        }
        if let flat = radius.first(where: { $0.value <= 0 }) {
            region.report("the region's radius along '\(flat.key)' must be above zero", at: "radius")
        }
        return ModelDefinition(
            adapter: .synthetic(
                region: parameterNames.compactMap { name in
                    guard let centre = centre[name], let radius = radius[name] else { return nil }
                    return SyntheticModel.Extent(name: name, centre: centre, radius: radius)
                }), outputs: SyntheticModel.outputs, artifacts: [])
    }

    private func numbers(_ key: String, of section: DefinitionSection) -> [String: Double]? {
        guard let numbers = section.section(key, title: "the region's \(key)", keys: parameterNames) else { return nil }
        var values: [String: Double] = [:]
        for name in parameterNames {
            if let value = numbers.decimal(name) { values[name] = value.doubleValue }
        }
        return values
    }
}
