internal import FoundationEssentials
package import Logging
package import SystemPackage

/// Atmos of the Virtual Planetary Laboratory: its photochemistry, then its climate. `README.md` beside this file tells
/// what it needs, what it does and what it gives.
package struct AtmosModel: Model {
    /// What the ledger records as the model.
    package static let modelName = "atmos"

    /// What each run gives. A run that is unstable has only what it came to.
    package static let outputs = AtmosOutputs.all

    /// The files that are kept, each compressed with gzip.
    package static let artifacts = AtmosFiles.kept.map(\.name)

    /// Those of them that a neighbour's run starts from.
    package static let warmStartFiles = [AtmosFiles.keptPhotochemistry, AtmosFiles.keptClimate]

    /// `atmos`.
    package let name = Self.modelName

    /// The SHA-256 over the package's programs and input files.
    package var version: String { atmos.version }

    /// ``outputs``.
    package var outputs: [OutputDefinition] { Self.outputs }

    private let atmos: AtmosPackage
    private let configuration: AtmosConfiguration
    private let environment: [String: String]
    private let runtime: any ModelRuntime

    /// Finds the package.
    ///
    /// - Parameters:
    ///   - configuration: how it is driven.
    ///   - baseFolder: where a relative path to the package starts, as a rule the folder of the exploration's file.
    ///   - environment: variables to set for the programs, besides this process's own; see ``ModelEnvironment``.
    ///   - logger: told of processes that could not be ended.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` that says what is missing and where.
    package init(
        _ configuration: AtmosConfiguration = AtmosConfiguration(), baseFolder: FilePath = FilePath("."),
        environment: [String: String] = [:], logger: Logger = Logger(label: "atmos.model")
    ) throws(ModelFailure) {
        atmos = try AtmosPackage(configuration, baseFolder: baseFolder)
        self.configuration = configuration
        // gfortran's run-time then writes each line as it is printed: progress and NaN are seen at once.
        let own = ["GFORTRAN_UNBUFFERED_PRECONNECTED": "y"].merging(environment) { $1 }
        self.environment = try ModelEnvironment.variables(adding: own, forModel: Self.modelName)
        runtime = ProcessRuntime(logger: logger)
    }

    /// Runs Atmos on a point; see ``Model``.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        try await run(input, limits: limits, parent: parent, directory: directory) { _ in }
    }

    /// Runs Atmos on a point and says how far it is: `PHOTOCHEM 412, CLIMA 120/400`.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult {
        let path = FilePath(FileManager.default.currentDirectoryPath).pushing(directory)
        let run = AtmosRun(
            package: atmos, configuration: configuration, runtime: runtime, environment: environment, limits: limits,
            directory: RunDirectory(path), progress: progress)
        return try await run.run(input, parent: parent)
    }
}
