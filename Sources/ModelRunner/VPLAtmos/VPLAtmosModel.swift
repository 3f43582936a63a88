internal import FoundationEssentials
package import Logging
package import SystemPackage

/// *Atmos* of the Virtual Planetary Laboratory (VPL): its photochemistry, then its climate. `README.md` in this folder
/// describes its package, its runs and its outputs.
package struct VPLAtmosModel: Model {
    /// The model's name in the ledger.
    package static let modelName = "atmos"

    /// The outputs of each run. An unstable run has only those that it reached.
    package static let outputs = VPLAtmosOutputs.all

    /// The files that a run keeps, each compressed with gzip.
    package static let artifacts = VPLAtmosFiles.kept.map(\.name)

    /// The artifacts that a neighbour's run starts from.
    package static let warmStartFiles = [VPLAtmosFiles.keptPhotochemistry, VPLAtmosFiles.keptClimate]

    /// `atmos`.
    package let name = Self.modelName

    /// The SHA-256 over the package's programs and input files.
    package var version: String { atmos.version }

    /// ``outputs``.
    package var outputs: [OutputDefinition] { Self.outputs }

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

/// The settings of Atmos in an exploration.
package struct VPLAtmosConfiguration: Sendable, Hashable {
    /// The limits of one of the two programs, within the limits of the whole run; `nil` for no separate limit.
    package struct ProgramLimits: Sendable, Hashable {
        /// Wall time from its start.
        package var wallTime: Duration?
        /// Processor time.
        package var cpuTime: Duration?

        /// Sets limits.
        package init(wallTime: Duration? = nil, cpuTime: Duration? = nil) {
            self.wallTime = wallTime
            self.cpuTime = cpuTime
        }
    }

    /// The path of the package, absolute or relative to the exploration's file; `nil` for the default of
    /// ``VPLAtmosPackage``.
    package var package: String?
    /// The template whose input files are used, such as `ModernEarthSimple`: the first of these that the package has.
    /// Empty for the package's files.
    package var templates: [String]
    /// The limits of the photochemistry.
    package var photochemistry: ProgramLimits
    /// The limits of the climate.
    package var climate: ProgramLimits
    /// The number of the climate's steps; above 0.
    package var climateSteps: Int
    /// The largest absolute DIVFrms of a stable climate; `nil` for no limit.
    package var divergenceTolerance: Double?
    /// The largest absolute DT(ND), in K, of a stable climate; `nil` for no limit.
    package var surfaceChangeTolerance: Double?

    /// Creates settings; by default the package's input files, 400 steps, no limits and no tolerances.
    package init(
        package: String? = nil, templates: [String] = [], photochemistry: ProgramLimits = ProgramLimits(),
        climate: ProgramLimits = ProgramLimits(), climateSteps: Int = 400, divergenceTolerance: Double? = nil,
        surfaceChangeTolerance: Double? = nil
    ) {
        self.package = package
        self.templates = templates
        self.photochemistry = photochemistry
        self.climate = climate
        self.climateSteps = climateSteps
        self.divergenceTolerance = divergenceTolerance
        self.surfaceChangeTolerance = surfaceChangeTolerance
    }
}

/// The outputs of a run of Atmos. Those that a run did not reach are absent.
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

    /// The species whose mixing ratios and fluxes at the surface are outputs.
    static let species = ["O2", "H2O", "CH4", "CO2", "H2", "CO", "NH3", "O3"]

    /// The output with a species' mixing ratio in the lowest layer.
    package static func mixingRatio(of species: String) -> String { "\(species.lowercased())_mixing_ratio" }
    /// The output with a species' flux through the surface.
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
