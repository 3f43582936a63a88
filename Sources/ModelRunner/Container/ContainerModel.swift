package import Logging
package import SystemPackage

/// A model that is a program in a container image.
package struct ContainerModel: Model {
    /// The image, as the exploration names it.
    package let name: String

    /// The digest of the image.
    package let version: String

    /// The outputs that each result must have.
    package let outputs: [OutputDefinition]

    /// The executable, looked up in the image, and its arguments.
    package let command: [String]

    private let runtime: ContainerRuntime
    private let artifacts: [String]
    private let environment: [String: String]

    /// Finds the image, and what it takes to run it.
    ///
    /// - Parameters:
    ///   - image: the image's name; with a digest, it is always the same one.
    ///   - command: the program in the image and its arguments.
    ///   - engine: what makes the containers.
    ///   - settings: what they may have, and how long they live.
    ///   - outputs: the outputs that each result must have.
    ///   - artifacts: names of files of the run directory to keep.
    ///   - environment: variables to set for the model, besides the image's own.
    ///   - logger: told of containers that had to be given up.
    /// - Throws: ``ModelFailure``: kind ``ModelFailure/Kind/runtime`` where the engine cannot provide the image,
    ///   ``ModelFailure/Kind/notFound`` where the supervisor for containers is missing, ``ModelFailure/Kind/spawn`` for a
    ///   command or a name that is none.
    package init(
        image: String, command: [String], engine: ContainerEngine, settings: ContainerSettings = ContainerSettings(),
        outputs: [OutputDefinition], artifacts: [String] = [], environment: [String: String] = [:],
        logger: Logger = Logger(label: "atmos.model")
    ) async throws(ModelFailure) {
        guard let program = command.first, !program.isEmpty else {
            throw ModelFailure(kind: .spawn, message: "Model '\(image)' has no command: give at least its executable.")
        }
        try ArtifactName.check(artifacts, ofModel: image)
        try ModelEnvironment.check(environment, ofModel: image)
        let resolved = try await ContainerImage.resolve(image, by: engine)
        runtime = try ContainerRuntime(engine: engine, image: resolved, settings: settings, logger: logger)
        name = image
        version = resolved.digest
        self.command = command
        self.outputs = outputs
        self.artifacts = artifacts
        self.environment = environment
    }

    /// Runs the program in `directory`, in a container; see ``Model``.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        let evaluation = Evaluation(runtime: runtime, outputs: outputs, artifacts: artifacts)
        return try await evaluation.run(
            command, environment: environment, input, limits: limits, parent: parent, directory: directory)
    }

    /// Ends the containers that wait for another run.
    package func close() async {
        await runtime.close()
    }
}

/// What a model's containers may have, and how long they live.
package struct ContainerSettings: Sendable, Hashable {
    /// How many runs one container serves, one after the other, before another takes its place; at least 1.
    package var runs: Int

    /// The most processors that a run uses; may be a fraction.
    package var cpus: Double

    /// The most processes and threads of a run.
    package var processes: Int

    /// Settings; by default a container for every run, with one processor and 256 processes.
    package init(runs: Int = 1, cpus: Double = 1, processes: Int = 256) {
        self.runs = runs
        self.cpus = cpus
        self.processes = processes
    }
}
