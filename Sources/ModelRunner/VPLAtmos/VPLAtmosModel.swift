internal import FoundationEssentials
package import Logging
package import SystemPackage

/// Atmos of the Virtual Planetary Laboratory: its photochemistry, then its climate. `README.md` beside this file tells
/// what it needs, what it does and what it gives.
package struct VPLAtmosModel: Model {
    /// What the ledger records as the model.
    package static let modelName = "atmos"

    /// What each run gives. A run that is unstable has only what it came to.
    package static let outputs = VPLAtmosOutputs.all

    /// The files that are kept, each compressed with gzip.
    package static let artifacts = VPLAtmosFiles.kept.map(\.name)

    /// Those of them that a neighbour's run starts from.
    package static let warmStartFiles = [VPLAtmosFiles.keptPhotochemistry, VPLAtmosFiles.keptClimate]

    /// `atmos`.
    package let name = Self.modelName

    /// The SHA-256 over the package's programs and input files.
    package var version: String { atmos.version }

    /// ``outputs``.
    package var outputs: [OutputDefinition] { Self.outputs }

    private let atmos: VPLAtmosPackage
    private let configuration: VPLAtmosConfiguration
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
        _ configuration: VPLAtmosConfiguration = VPLAtmosConfiguration(), baseFolder: FilePath = FilePath("."),
        environment: [String: String] = [:], logger: Logger = Logger(label: "atmos.model")
    ) throws(ModelFailure) {
        atmos = try VPLAtmosPackage(configuration, baseFolder: baseFolder)
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
        let run = VPLAtmosRun(
            package: atmos, configuration: configuration, runtime: runtime, environment: environment, limits: limits,
            directory: RunDirectory(path), progress: progress)
        return try await run.run(input, parent: parent)
    }
}

/// How an exploration drives Atmos.
package struct VPLAtmosConfiguration: Sendable, Hashable {
    /// What one of the two programs may take, beside the limits of the whole run; nil for no limit of its own.
    package struct ProgramLimits: Sendable, Hashable {
        /// From its start.
        package var wallTime: Duration?
        /// Of the processor.
        package var cpuTime: Duration?

        /// Sets limits.
        package init(wallTime: Duration? = nil, cpuTime: Duration? = nil) {
            self.wallTime = wallTime
            self.cpuTime = cpuTime
        }
    }

    /// Where the package is; nil for where ``VPLAtmosPackage`` looks by itself. A relative path starts at the exploration's
    /// file.
    package var package: String?
    /// The template whose input files are used, such as `ModernEarth`; nil for the package's own.
    package var template: String?
    /// The limits of the photochemistry.
    package var photochemistry: ProgramLimits
    /// The limits of the climate.
    package var climate: ProgramLimits
    /// How many steps the climate takes; above 0.
    package var climateSteps: Int
    /// The greatest absolute DIVFrms of a stable climate; nil for any.
    package var divergenceTolerance: Double?
    /// The greatest absolute DT(ND), in K, of a stable climate; nil for any.
    package var surfaceChangeTolerance: Double?

    /// Sets everything, by default the package's own input files, 400 steps, and no limit and no tolerance.
    package init(
        package: String? = nil, template: String? = nil, photochemistry: ProgramLimits = ProgramLimits(),
        climate: ProgramLimits = ProgramLimits(), climateSteps: Int = 400, divergenceTolerance: Double? = nil,
        surfaceChangeTolerance: Double? = nil
    ) {
        self.package = package
        self.template = template
        self.photochemistry = photochemistry
        self.climate = climate
        self.climateSteps = climateSteps
        self.divergenceTolerance = divergenceTolerance
        self.surfaceChangeTolerance = surfaceChangeTolerance
    }
}

/// The numbers that a run of Atmos gives. Those that a run did not come to are absent.
package enum VPLAtmosOutputs {
    package static let surfaceTemperature = "surface_temperature"
    package static let surfacePressure = "surface_pressure"
    static let photochemistryIterations = "photochemistry_iterations"
    static let photochemistrySeconds = "photochemistry_seconds"
    static let photochemistryTime = "photochemistry_time"
    static let climateSteps = "climate_steps"
    static let climateSeconds = "climate_seconds"
    static let climateDivergence = "climate_divf_rms"
    static let climateSurfaceChange = "climate_dt_nd"

    /// The species whose mixing ratios and fluxes at the surface are given.
    static let species = ["O2", "H2O", "CH4", "CO2", "H2", "CO", "NH3", "O3"]

    /// Its mixing ratio in the lowest layer.
    package static func mixingRatio(of species: String) -> String { "\(species.lowercased())_mixing_ratio" }
    /// Its flux through the surface.
    package static func flux(of species: String) -> String { "\(species.lowercased())_flux" }

    static let all =
        [
            output(surfaceTemperature, "K", "temperature at the surface"),
            output(surfacePressure, "bar", "pressure at the surface"),
            output(photochemistryIterations, "1", "iterations of the photochemistry"),
            output(photochemistrySeconds, "s", "wall time of the photochemistry"),
            output(photochemistryTime, "s", "time that the photochemistry's model reached; 1e17 is converged"),
            output(climateSteps, "1", "steps of the climate"),
            output(climateSeconds, "s", "wall time of the climate"),
            output(climateDivergence, "1", "last DIVFrms of the climate"),
            output(climateSurfaceChange, "K", "last DT(ND) of the climate, the change of the surface temperature"),
        ]
        + species.map { output(mixingRatio(of: $0), "1", "mixing ratio of \($0) in the lowest layer") }
        + species.map { output(flux(of: $0), "cm-2 s-1", "flux of \($0) through the surface, upward positive") }

    private static func output(_ name: String, _ unit: String, _ description: String) -> OutputDefinition {
        OutputDefinition(name: name, unit: unit, description: description)
    }
}
