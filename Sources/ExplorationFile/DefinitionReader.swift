internal import ModelRunner
internal import ParameterSpace
internal import SystemPackage

/// Reads an exploration's YAML file.
package enum DefinitionReader {
    /// - Throws: ``DefinitionError`` with everything that is wrong, each with its line.
    package static func read(file: String) throws(DefinitionError) -> ExplorationDefinition {
        try read(text: YAMLFile.text(of: file), file: file)
    }

    /// - Parameter file: how messages name it; its folder is where relative commands start from.
    package static func read(text: String, file: String) throws(DefinitionError) -> ExplorationDefinition {
        let diagnostics = DiagnosticList()
        let root = try YAMLFile.compose(text, file: file)
        let definition = DefinitionSection(
            root, title: "the exploration",
            keys: [
                "name", "title", "parameters", "constraints", "starts", "strategy", "model", "run", "budget", "weight",
                "resources", "artifacts", "map",
            ],
            diagnostics: diagnostics
        ).flatMap { read($0, text: text, folder: FilePath(file).removingLastComponent()) }
        guard let definition, diagnostics.diagnostics.isEmpty else {
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        return definition
    }

    private static func read(_ root: DefinitionSection, text: String, folder: FilePath) -> ExplorationDefinition? {
        let name = readName(root)
        let parameters = ParameterReader(diagnostics: root.diagnostics).parameters(of: root)
        let names = ParameterReader.names(of: root)
        let space = parameters.flatMap { parameters in
            ConstraintReader(parameters: parameters).constraints(of: root).map {
                Space(parameters: parameters, constraints: $0)
            }
        }
        let model = ModelDefinitionReader(parameterNames: names).model(of: root)
        let strategy = StrategyReader(space: space, outputs: model?.outputs.map(\.name) ?? [], folder: folder)
            .strategy(of: root)
        let starts = space.flatMap { StartReader(space: $0, strategy: strategy).starts(of: root) }
        let policy = readPolicy(root)
        let budget = BudgetReader(strategy: strategy).budget(of: root)
        let weight = root.has("weight") ? root.integer("weight", in: 1...1_000) : 1
        let resources = ResourcesReader(policy: policy).resources(of: root)
        let retention = RetentionReader(model: model).retention(of: root)
        let map = readMap(root, parameters: names, outputs: model?.outputs.map(\.name) ?? [])
        guard let name, let space, let starts, let strategy, let model, let policy, let budget, let weight,
            let resources, let retention, let map
        else { return nil }
        return ExplorationDefinition(
            name: name, title: root.string("title") ?? name, space: space, starts: starts, strategy: strategy,
            model: model, policy: policy, budget: budget, weight: weight, resources: resources, retention: retention,
            map: map, source: text,
            folder: folder)
    }

    private static func readName(_ root: DefinitionSection) -> String? {
        guard let name = root.requiredString("name") else { return nil }
        guard name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil, name.utf8.count <= 48 else {
            root.report(
                "'\(name)' is no name for an exploration: lower-case letters, digits and single hyphens, starting with "
                    + "a letter, 48 characters at most", at: "name")
            return nil
        }
        return name
    }

    private static func readPolicy(_ root: DefinitionSection) -> RunPolicy? {
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

    private static func readMap(_ root: DefinitionSection, parameters: [String], outputs: [String]) -> MapDefaults? {
        var map = MapDefaults()
        guard root.has("map") else { return map }
        guard let section = root.section("map", title: "map", keys: ["axes", "colour"]) else { return nil }
        if let axes = section.strings("axes") {
            if axes.count != 2 || axes[0] == axes[1] {
                section.report("map: 'axes' must name two parameters, the horizontal one first", at: "axes")
            }
            for axis in axes where !parameters.contains(axis) {
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
