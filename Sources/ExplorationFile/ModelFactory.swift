internal import FoundationEssentials
package import ModelRunner
internal import Support

extension ModelDefinition {
    /// Finds the model's program or its image, and prepares it to run.
    ///
    /// - Throws: `ModelFailure` if the program or the image is missing or cannot be run; ``DefinitionError`` with the
    ///   parameters that the model could never run; ``SettingError`` for an invalid environment variable.
    package func makeModel(
        in definition: ExplorationDefinition, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> any Model {
        switch adapter {
        case .columnModel:
            try ColumnModel()
        case .atmos(let configuration):
            try definition.atmos(configuration)
        case .command(let command):
            try await makeModel(of: command, in: definition, RuntimeChoice(runtime, environment: environment))
        case .synthetic(let region):
            try SyntheticModel(region: region)
        }
    }

    private func makeModel(
        of command: [String], in definition: ExplorationDefinition, _ choice: RuntimeChoice
    ) async throws -> any Model {
        guard let (engine, image) = choice.container else {
            return try CommandModel(
                name: runtime.image ?? command[0], command: command, baseFolder: definition.folder, outputs: outputs,
                artifacts: artifacts, environment: runtime.environment, version: runtime.digest)
        }
        return try await ContainerModel(
            image: image, command: command, engine: engine, settings: runtime.container, outputs: outputs,
            artifacts: artifacts, environment: runtime.environment)
    }
}

/// The choice of a model's runtime, by the definition and by this machine's environment.
struct RuntimeChoice {
    /// The engine and the image; `nil` if the model runs as a process.
    let container: (engine: ContainerEngine, image: String)?

    init(_ runtime: RuntimeDefinition, environment: [String: String]) throws {
        func value(_ variable: String) throws -> String? {
            try EnvironmentSetting.value(variable: variable, environment: environment)
        }
        func words(_ variable: String) throws -> [String] {
            (try value(variable) ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        }
        var kind = runtime.kind
        if let word = try value(EnvironmentNames.modelRuntime) {
            guard let known = RuntimeDefinition.Kind(rawValue: word) else {
                let words = RuntimeDefinition.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw SettingError(
                    description: "\(EnvironmentNames.modelRuntime) is '\(word)', but must be one of \(words)")
            }
            kind = known
        }
        guard let engine = kind.engine else {
            container = nil
            return
        }
        guard let image = runtime.image else {
            throw SettingError(
                description: "\(EnvironmentNames.modelRuntime) is \(engine), but the definition has no 'image'")
        }
        container = (
            try ContainerEngine(
                engine, options: words(EnvironmentNames.containerOptions),
                runOptions: words(EnvironmentNames.containerRunOptions)), image
        )
    }
}
