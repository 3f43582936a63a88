internal import ArtifactStore
internal import ModelRunner
internal import ParameterSpace
internal import Support
internal import SystemPackage

/// Reads an exploration's YAML file.
package struct DefinitionReader {
    let root: DefinitionSection
    /// The file as the user named it.
    let file: String
    /// The file's folder, where relative paths start from.
    var folder: FilePath { FilePath(file).removingLastComponent() }

    /// - Throws: ``DefinitionError`` with all errors, each with its line.
    package static func read(file: String) throws(DefinitionError) -> ExplorationDefinition {
        try read(text: YAMLFile.text(of: file), file: file)
    }

    /// - Parameter file: the file's name in messages. Relative paths start from its folder.
    package static func read(text: String, file: String) throws(DefinitionError) -> ExplorationDefinition {
        let diagnostics = DiagnosticList()
        let root = DefinitionSection(
            try YAMLFile.compose(text, file: file), title: "the exploration",
            keys: [
                "name", "title", "parameters", "constraints", "starts", "strategy", "model", "run", "budget", "weight",
                "resources", "artifacts", "map",
            ],
            diagnostics: diagnostics)
        let definition = root.flatMap {
            DefinitionReader(root: $0, file: file).definition(source: text)
        }
        guard let definition, diagnostics.diagnostics.isEmpty else {
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        return definition
    }

    private func definition(source: String) -> ExplorationDefinition? {
        let name = name()
        let space = space()
        let model = model()
        let outputs = model?.outputs.map(\.name) ?? []
        let strategy = strategy(in: space, outputs: outputs)
        let starts = space.flatMap { self.starts(in: $0, strategy: strategy) }
        let policy = policy()
        let budget = budget(for: strategy)
        let weight = root.has("weight") ? root.integer("weight", in: 1...1_000) : 1
        let resources = resources(for: policy)
        let retention = retention(for: model)
        let map = map(outputs: outputs)
        guard let name, let space, let starts, let strategy, let model, let policy, let budget, let weight,
            let resources, let retention, let map
        else { return nil }
        return ExplorationDefinition(
            name: name, title: root.string("title") ?? name, space: space, starts: starts, strategy: strategy,
            model: model, policy: policy, budget: budget, weight: weight, resources: resources, retention: retention,
            map: map, source: source, file: file, folder: folder)
    }

    private func name() -> String? {
        guard let name = root.requiredString("name") else { return nil }
        guard name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil, name.utf8.count <= 48 else {
            root.report(
                "invalid name '\(name)' of an exploration: expected lower-case letters, digits and single hyphens, "
                    + "starting with a letter, at most 48 characters", at: "name")
            return nil
        }
        return name
    }

    private func policy() -> RunPolicy? {
        var policy = RunPolicy()
        guard root.has("run") else { return policy }
        let keys = ["wall_time_seconds", "cpu_time_seconds", "memory_mib", "output_mib", "attempts", "lease_seconds"]
        guard let section = root.section("run", title: "run", keys: keys) else { return nil }
        if let seconds = section.integer("wall_time_seconds", in: 1...2_592_000) { policy.wallTime = .seconds(seconds) }
        if let seconds = section.integer("cpu_time_seconds", in: 1...2_592_000) { policy.cpuTime = .seconds(seconds) }
        if let mebibytes = section.integer("memory_mib", in: 1...1_048_576) { policy.memoryBytes = mebibytes << 20 }
        if let mebibytes = section.integer("output_mib", in: 1...1_048_576) { policy.outputBytes = mebibytes << 20 }
        if let attempts = section.integer("attempts", in: 1...100) { policy.attempts = attempts }
        if let seconds = section.integer("lease_seconds", in: 1...3_600) { policy.leaseTime = .seconds(seconds) }
        return policy
    }

    private func map(outputs: [String]) -> MapDefaults? {
        var map = MapDefaults()
        guard root.has("map") else { return map }
        guard let section = root.section("map", title: "map", keys: ["axes", "colour"]) else { return nil }
        if let axes = section.strings("axes") {
            if axes.count != 2 || axes[0] == axes[1] {
                section.report("map: 'axes' must name two parameters, the horizontal one first", at: "axes")
            }
            for axis in axes where !parameterNames.contains(axis) {
                section.report("map: there is no parameter '\(axis)'", at: "axes")
            }
            map.axes = axes
        }
        if let colour = section.string("colour") {
            if !outputs.contains(colour) {
                section.report("map: the model has no output '\(colour)'", at: "colour")
            }
            map.colour = colour
        }
        return map
    }
}

// MARK: - Limits and resources

extension DefinitionReader {
    /// Reads the `budget`.
    ///
    /// - Parameter strategy: `nil` if it is invalid; the tolerance is not checked then.
    private func budget(for strategy: Strategy?) -> ExplorationBudget? {
        var budget = ExplorationBudget()
        guard root.has("budget") else { return budget }
        let keys = ["points", "wall_time", "core_hours", "tolerance"]
        guard let section = root.section("budget", title: "the budget", keys: keys) else { return nil }
        budget.points = section.integer("points", in: 1...Int.max)
        budget.tolerance = section.integer("tolerance", in: 1...1024)
        if let tolerance = budget.tolerance, let strategy,
            let fault = ExplorationBudget.fault(of: tolerance, with: strategy)
        {
            section.report("the budget: 'tolerance': \(fault)", at: "tolerance")
        }
        if let hours = section.decimal("core_hours") {
            budget.coreHours = hours.doubleValue
            if hours <= .zero { section.report("the budget: 'core_hours' must be above zero", at: "core_hours") }
        }
        if let text = section.string("wall_time") {
            budget.wallTime = TimeSpan(text)?.duration
            if budget.wallTime == nil {
                section.report(
                    "the budget: 'wall_time' is '\(text)', but must be a number with ms, s, m, h, d or w, such as 90m",
                    at: "wall_time")
            }
        }
        return budget
    }

    /// Reads the `resources` that a run needs. The run's limits determine those that the file does not name.
    ///
    /// - Parameter policy: `nil` if it is invalid.
    private func resources(for policy: RunPolicy?) -> RunResources? {
        var resources = RunResources(for: policy ?? RunPolicy())
        guard root.has("resources") else { return resources }
        guard
            let section = root.section(
                "resources", title: "resources", keys: ["cpus", "ram", "disk", "gpus"], aliases: ["hdd": "disk"])
        else { return nil }
        func quantity(_ key: String) -> Quantity? {
            guard let text = section.string(key) else { return nil }
            guard let quantity = Quantity(text), quantity.billionths > 0 else {
                section.report(
                    "resources: '\(key)' is '\(text)', but must be an amount above zero in the notation of Kubernetes: "
                        + "2, 500m, 1.5Gi, 10G", at: key)
                return nil
            }
            return quantity
        }
        if let cpus = quantity("cpus") { resources.cpus = cpus }
        if let disk = quantity("disk") { resources.disk = disk }
        if let gpus = section.integer("gpus", in: 0...64) { resources.gpus = gpus }
        if let ram = quantity("ram") {
            resources.ram = ram
            if let memory = policy?.memoryBytes, ram < Quantity(whole: memory) {
                section.report(
                    "resources: 'ram' is less than the memory limit of a run, \(memory >> 20)Mi (run.memory_mib); a "
                        + "pod of that size would be killed before the run reaches its own limit", at: "ram")
            }
        }
        return resources
    }

    /// Reads the `artifacts`: which files of runs are kept. All are kept by default.
    ///
    /// - Parameter model: `nil` if it is invalid; the files' names are not checked then.
    private func retention(for model: ModelDefinition?) -> ArtifactRetention? {
        guard root.has("artifacts") else { return .all }
        guard let section = root.section("artifacts", title: "artifacts", keys: ["keep", "warm_start_files"]) else {
            return nil
        }
        let rule = section.word("keep", ArtifactRetention.Rule.self) ?? .all
        if section.has("warm_start_files"), rule != .warmStarts {
            section.report("artifacts: 'warm_start_files' needs 'keep: warm_starts'", at: "warm_start_files")
        }
        switch rule {
        case .all: return .all
        case .failures: return .failures
        case .warmStarts: break
        }
        let names: [String]
        if section.has("warm_start_files") {
            guard let listed = section.strings("warm_start_files") else { return nil }
            names = listed
        } else {
            names =
                switch model?.adapter {
                case .columnModel: ColumnModel.warmStartFiles
                case .atmos: VPLAtmosModel.warmStartFiles
                default: []
                }
        }
        if names.isEmpty {
            section.report(
                "artifacts: 'keep: warm_starts' needs 'warm_start_files', the files that a run starts from")
        }
        for name in names where model?.artifacts.contains(name) == false {
            section.report("artifacts: the model has no artifact '\(name)'", at: "warm_start_files")
        }
        return .warmStarts(files: names)
    }
}
