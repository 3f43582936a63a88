package import Logging
package import SystemPackage

/// A model that is a program in a container image.
package struct ContainerModel: Model {
    /// The image, as the exploration names it.
    package let name: String

    /// The digest of the image.
    package let version: String

    /// The outputs that each result must contain.
    package let outputs: [OutputDefinition]

    /// The executable, looked up in the image, and its arguments.
    package let command: [String]

    private let runtime: ContainerRuntime
    private let artifacts: [String]
    private let environment: [String: String]

    /// Finds the image and the supervisor.
    ///
    /// - Parameters:
    ///   - image: the image's name; with a digest it never changes.
    ///   - command: the program in the image and its arguments.
    ///   - engine: the engine that runs the containers.
    ///   - settings: the containers' resources and lifetime.
    ///   - outputs: the outputs that each result must contain.
    ///   - artifacts: names of files of the run directory to keep.
    ///   - environment: variables to set for the model, in addition to the image's.
    ///   - logger: receives warnings about containers that had to be abandoned.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` if the engine cannot provide the image,
    ///   ``ModelFailure/Kind/notFound`` if the supervisor for containers is missing, or ``ModelFailure/Kind/spawn`` for an
    ///   invalid command or name.
    package init(
        image: String, command: [String], engine: ContainerEngine, settings: ContainerSettings = ContainerSettings(),
        outputs: [OutputDefinition], artifacts: [String] = [], environment: [String: String] = [:],
        logger: Logger = Logger(label: "atmos.model")
    ) async throws(ModelFailure) {
        guard let program = command.first, !program.isEmpty else {
            throw ModelFailure(kind: .spawn, message: "model '\(image)' has no command; give at least its executable")
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

    /// Ends the idle containers.
    package func close() async {
        await runtime.close()
    }
}

/// The resources and lifetime of a model's containers.
package struct ContainerSettings: Sendable, Hashable {
    /// The number of successive runs of one container, after which it is replaced; at least 1.
    package var runs: Int

    /// The limit of processors of a run; may be a fraction.
    package var cpus: Double

    /// The limit of processes and threads of a run.
    package var processes: Int

    /// Creates settings; by default a container for every run, with one processor and 256 processes.
    package init(runs: Int = 1, cpus: Double = 1, processes: Int = 256) {
        self.runs = runs
        self.cpus = cpus
        self.processes = processes
    }
}
