/// How an exploration drives Atmos.
package struct AtmosConfiguration: Sendable, Hashable {
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

    /// Where the package is; nil for where ``AtmosPackage`` looks by itself. A relative path starts at the exploration's
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
