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

    /// The passes of both programs: the photochemistry with the climate's temperature and water, and the climate with the
    /// photochemistry's composition, until they agree.
    package struct Coupling: Sendable, Hashable, CustomStringConvertible {
        /// The largest number of passes; 1 runs each program once.
        package var passes: Int
        /// The largest change of the surface temperature, in K, between two passes that agree.
        package var temperatureTolerance: Double
        /// The largest relative change of a species' mixing ratio in the lowest layer between two passes that agree.
        package var mixingRatioTolerance: Double

        /// Sets the passes; by default one.
        package init(passes: Int = 1, temperatureTolerance: Double = 0.1, mixingRatioTolerance: Double = 0.01) {
            self.passes = passes
            self.temperatureTolerance = temperatureTolerance
            self.mixingRatioTolerance = mixingRatioTolerance
        }

        /// The tolerances: `0.1 K and 1 %`.
        package var description: String {
            "\(Residual.text(temperatureTolerance)) K and \(Residual.text(mixingRatioTolerance * 100)) %"
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
    /// The number of steps of one run of the climate program; above 0.
    package var climateSteps: Int
    /// The number of steps from which an unsettled climate is not continued; at least one run's number.
    package var maxClimateSteps: Int
    /// The largest DIVFrms of a stable climate, as the mean over its last steps.
    package var divergenceTolerance: Double
    /// The largest absolute DT(ND) of a stable climate in K per step, as the mean over its last steps.
    package var surfaceChangeTolerance: Double
    /// The passes of both programs.
    package var coupling: Coupling
    /// The species whose mixing ratios and fluxes are outputs, too, by their names in `species.dat`.
    package var species: [String]

    /// Creates settings.
    ///
    /// By default the package's input files, no limits, and a climate that is continued every 400 steps, up to 2000,
    /// until it is settled. `README.md` in this folder gives the reasons for the tolerances.
    package init(
        package: String? = nil, templates: [String] = [], photochemistry: ProgramLimits = ProgramLimits(),
        climate: ProgramLimits = ProgramLimits(), climateSteps: Int = 400, maxClimateSteps: Int = 2000,
        divergenceTolerance: Double = 5e-3, surfaceChangeTolerance: Double = 1e-3,
        coupling: Coupling = Coupling(), species: [String] = []
    ) {
        self.package = package
        self.templates = templates
        self.photochemistry = photochemistry
        self.climate = climate
        self.climateSteps = climateSteps
        self.maxClimateSteps = max(maxClimateSteps, climateSteps)
        self.divergenceTolerance = divergenceTolerance
        self.surfaceChangeTolerance = surfaceChangeTolerance
        self.coupling = coupling
        self.species = species
    }
}
