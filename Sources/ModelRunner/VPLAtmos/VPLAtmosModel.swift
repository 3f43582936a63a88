internal import FoundationEssentials
package import Logging
package import SystemPackage

/// *Atmos* of the Virtual Planetary Laboratory (VPL): its photochemistry, then its climate. `README.md` in this folder
/// describes its package, its runs and its outputs.
package struct VPLAtmosModel: Model {
    /// The model's name in the ledger.
    package static let modelName = "atmos"

    /// The outputs of each run. An unstable run has only those that it reached.
    package static func outputs(_ configuration: VPLAtmosConfiguration = VPLAtmosConfiguration()) -> [OutputDefinition]
    {
        VPLAtmosOutputs.all(with: configuration.species)
    }

    /// The files that a run keeps, each compressed with gzip.
    package static let artifacts = VPLAtmosFiles.kept.map(\.name)

    /// The artifacts that a neighbour's run starts from.
    package static let warmStartFiles = [VPLAtmosFiles.keptPhotochemistry, VPLAtmosFiles.keptClimate]

    /// `atmos`.
    package let name = Self.modelName

    /// The SHA-256 over the package's programs and input files.
    package var version: String { atmos.version }

    /// The outputs of each run.
    package var outputs: [OutputDefinition] { Self.outputs(configuration) }

    let atmos: VPLAtmosPackage
    private let configuration: VPLAtmosConfiguration
    private let environment: [String: String]
    private let runtime: any ModelRuntime

    /// Finds the package.
    ///
    /// - Parameters:
    ///   - configuration: the package, limits and tolerances.
    ///   - baseFolder: the folder that the package's path is relative to, usually the one of the exploration's file.
    ///   - environment: variables to set for the programs, in addition to this process's; see ``ModelEnvironment``.
    ///   - logger: receives warnings about processes that could not be ended.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` with the missing files.
    package init(
        _ configuration: VPLAtmosConfiguration = VPLAtmosConfiguration(), baseFolder: FilePath = FilePath("."),
        environment: [String: String] = [:], logger: Logger = Logger(label: "atmos.model")
    ) throws(ModelFailure) {
        atmos = try VPLAtmosPackage(configuration, baseFolder: baseFolder)
        self.configuration = configuration
        // gfortran's runtime then writes each line at once, so that progress and NaN are visible without delay.
        let variables = ["GFORTRAN_UNBUFFERED_PRECONNECTED": "y"].merging(environment) { $1 }
        self.environment = try ModelEnvironment.variables(adding: variables, forModel: Self.modelName)
        runtime = ProcessRuntime(logger: logger)
    }

    /// Runs Atmos on a point; see ``Model``.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        try await run(input, limits: limits, parent: parent, directory: directory) { _ in }
    }

    /// Runs Atmos on a point and reports its progress: `PHOTOCHEM 412, CLIMA 120/400`.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath,
        progress: @escaping ModelProgressReport
    ) async throws -> ModelResult {
        let run = run(limits: limits, in: directory, progress)
        return try await run.run(input, parent: parent)
    }

    /// Runs the first iterations of the photochemistry on a point, to see whether it works. Uses a temporary folder.
    ///
    /// - Parameter iterations: above 0.
    /// - Returns: the number of iterations that it had completed when it was stopped.
    /// - Throws: ``ModelFailure`` if it ended before, or did not get so far in two minutes.
    package func trial(at point: ModelInput, iterations: Int) async throws -> Int {
        let folder = FilePath(FileManager.default.temporaryDirectory.path)
            .appending("atmos-check-\(UInt32.random(in: 0...UInt32.max))")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder.string) }
        let run = run(limits: RunLimits(wallTime: .seconds(120)), in: folder) { _ in }
        return try await run.tryPhotochemistry(point, iterations: iterations)
    }

    private func run(
        limits: RunLimits, in directory: FilePath, _ progress: @escaping ModelProgressReport
    ) -> VPLAtmosRun {
        let path = FilePath(FileManager.default.currentDirectoryPath).pushing(directory)
        return VPLAtmosRun(
            package: atmos, configuration: configuration, runtime: runtime, environment: environment, limits: limits,
            directory: RunDirectory(path), report: progress)
    }
}
