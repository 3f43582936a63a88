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
    /// The template whose input files are used, such as `ModernEarth`; `nil` for the package's files.
    package var template: String?
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

    /// Creates settings.
    ///
    /// By default the package's input files, no limits, and a climate that is continued every 400 steps, up to 2000,
    /// until it is settled. `README.md` in this folder gives the reasons for the tolerances.
    package init(
        package: String? = nil, template: String? = nil, photochemistry: ProgramLimits = ProgramLimits(),
        climate: ProgramLimits = ProgramLimits(), climateSteps: Int = 400, maxClimateSteps: Int = 2000,
        divergenceTolerance: Double = 5e-3, surfaceChangeTolerance: Double = 1e-3
    ) {
        self.package = package
        self.template = template
        self.photochemistry = photochemistry
        self.climate = climate
        self.climateSteps = climateSteps
        self.maxClimateSteps = max(maxClimateSteps, climateSteps)
        self.divergenceTolerance = divergenceTolerance
        self.surfaceChangeTolerance = surfaceChangeTolerance
    }
}
