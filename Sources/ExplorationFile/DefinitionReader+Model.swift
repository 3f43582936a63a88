internal import ModelRunner
internal import ParameterSpace
internal import Yams

/// The model.
extension DefinitionReader {
    private enum AdapterName: String, CaseIterable {
        case columnModel = "column-model"
        case atmos
        case command
        case synthetic

        /// The keys of the adapter, in addition to `adapter`.
        var keys: [String] {
            switch self {
            case .columnModel: []
            case .atmos: VPLAtmosReader.keys
            case .command: ["command", "outputs", "artifacts"] + RuntimeReader.keys
            case .synthetic: ["region"]
            }
        }
    }

    /// Reads the `model`.
    func model() -> ModelDefinition? {
        let all = ["command", "outputs", "artifacts", "region"] + VPLAtmosReader.keys + RuntimeReader.keys
        guard root.required("model") != nil,
            let section = root.section("model", title: "the model", keys: ["adapter"] + all),
            section.required("adapter") != nil, let adapter = section.word("adapter", AdapterName.self)
        else { return nil }
        for key in all where section.has(key) && !adapter.keys.contains(key) {
            section.report(
                "\(section.title): '\(key)' cannot be combined with the adapter \(adapter.rawValue)", at: key)
        }
        switch adapter {
        case .columnModel:
            return ModelDefinition(
                adapter: .columnModel, outputs: ColumnModel.outputs, artifacts: ColumnModel.artifacts)
        case .atmos:
            let configuration = VPLAtmosReader(section: section).configuration()
            VPLAtmosReader.checkKinds(of: root.value("parameters")?.sequence.map(Array.init) ?? [], root.diagnostics)
            return ModelDefinition(
                adapter: .atmos(configuration), outputs: VPLAtmosModel.outputs(configuration),
                artifacts: VPLAtmosModel.artifacts)
        case .command: return command(section)
        case .synthetic: return synthetic(section)
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
                "\(section.title): the artifact '\(artifact)' must be a plain file name: letters, digits, '.', '_', "
                    + "'-'", at: "artifacts")
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
                output.report(
                    "invalid name '\(name)' of an output: expected letters, digits and underscores, starting with a "
                        + "letter, at most 60 characters", at: "name")
            }
            if !seen.insert(name.lowercased()).inserted {
                output.report("there is already a parameter or an output '\(name)'", at: "name")
            }
            return OutputDefinition(
                name: name, unit: output.string("unit") ?? "1", description: output.string("description") ?? "")
        }
    }

    private func synthetic(_ section: DefinitionSection) -> ModelDefinition? {
        let names = parameterNames
        func numbers(_ key: String, of region: DefinitionSection) -> [String: Double]? {
            guard let numbers = region.section(key, title: "the region's \(key)", keys: names) else { return nil }
            return names.reduce(into: [:]) { $0[$1] = numbers.decimal($1)?.doubleValue }
        }
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
        let extents = names.compactMap { name -> SyntheticModel.Extent? in
            guard let centre = centre[name], let radius = radius[name] else { return nil }
            return SyntheticModel.Extent(name: name, centre: centre, radius: radius)
        }
        return ModelDefinition(adapter: .synthetic(region: extents), outputs: SyntheticModel.outputs, artifacts: [])
    }
}

/// Reads where a model's command runs: the keys `runtime`, `image`, `container` and `environment` of the model.
private struct RuntimeReader {
    static let keys = ["runtime", "image", "container", "environment"]

    let section: DefinitionSection

    func runtime(for command: [String]) -> RuntimeDefinition {
        var runtime = RuntimeDefinition()
        runtime.image = image()
        runtime.kind =
            section.word("runtime", RuntimeDefinition.Kind.self) ?? (runtime.image == nil ? .process : .podman)
        runtime.environment = environment()
        if let container = section.section("container", title: "the container", keys: ["runs", "cpus", "processes"]) {
            runtime.container = settings(container)
        }
        if runtime.image == nil, !section.has("image") {
            if runtime.kind != .process {
                section.report(
                    "\(section.title): the runtime \(runtime.kind.rawValue) needs the key 'image'", at: "runtime")
            }
            if section.has("container") {
                section.report("\(section.title): 'container' needs the key 'image'", at: "container")
            }
        } else {
            check(command)
        }
        return runtime
    }

    private func image() -> String? {
        guard let image = section.string("image") else { return nil }
        guard image.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-\/:]*(@sha256:[0-9a-f]{64})?/) != nil else {
            section.report(
                "\(section.title): invalid image '\(image)': expected REGISTRY/NAME:TAG, optionally with "
                    + "@sha256:DIGEST", at: "image")
            return nil
        }
        return image
    }

    private func settings(_ section: DefinitionSection) -> ContainerSettings {
        var settings = ContainerSettings()
        settings.runs = section.integer("runs", in: 1...1_000_000) ?? settings.runs
        settings.processes = section.integer("processes", in: 1...1_000_000) ?? settings.processes
        if let cpus = section.decimal("cpus")?.doubleValue {
            if cpus < 0.01 || cpus > 1024 {
                section.report("\(section.title): 'cpus' must be from 0.01 to 1024", at: "cpus")
            }
            settings.cpus = cpus
        }
        return settings
    }

    private func environment() -> [String: String] {
        let variables = section.texts("environment") ?? [:]
        for name in variables.keys where name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) == nil {
            section.report("\(section.title): invalid name '\(name)' of an environment variable", at: "environment")
        }
        return variables
    }

    /// Refuses a command that only makes sense on this machine.
    private func check(_ command: [String]) {
        if command.contains(where: { $0.contains("{folder}") }) {
            section.report(
                "\(section.title): '{folder}' is a folder of this machine, but the command runs in an image",
                at: "command")
        }
        if let program = command.first, program.contains("/"), !program.hasPrefix("/") {
            section.report(
                "\(section.title): the command's path '\(program)' must begin with '/', since it is inside the image",
                at: "command")
        }
    }
}
