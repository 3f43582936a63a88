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
    static let couplingPasses = "coupling_passes"
    static let climateMeanDivergence = "climate_mean_divf_rms"
    static let climateMeanSurfaceChange = "climate_mean_dt_nd"
    static let ozoneColumn = "ozone_column"
    static let redoxImbalance = "redox_imbalance"
    static let planetaryAlbedo = "planetary_albedo"

    /// The species whose mixing ratios and fluxes at the surface are outputs.
    static let species = ["O2", "H2O", "CH4", "CO2", "H2", "CO", "NH3", "O3"]

    /// The output with the wall time of a program.
    static func seconds(of program: VPLAtmosProgram) -> String {
        switch program {
        case .photochemistry: photochemistrySeconds
        case .climate: climateSeconds
        }
    }

    /// The output with a species' mixing ratio in the lowest layer.
    package static func mixingRatio(of species: String) -> String { "\(species.lowercased())_mixing_ratio" }
    /// The output with a species' flux through the surface.
    package static func flux(of species: String) -> String { "\(species.lowercased())_flux" }

    /// All outputs: those of every exploration, and those of further species.
    package static func all(with further: [String] = []) -> [OutputDefinition] {
        all + further.filter { !species.contains($0) }.flatMap { [mixingRatioOutput($0), fluxOutput($0)] }
    }

    private static let all =
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
        + species.map(mixingRatioOutput) + species.map(fluxOutput)
        + [
            // An exploration's outputs may only be added at the end.
            output(climateMeanDivergence, "1", "mean DIVFrms of the climate's last steps"),
            output(climateMeanSurfaceChange, "K", "mean absolute DT(ND) of the climate's last steps"),
            output(couplingPasses, "1", "passes of the photochemistry and the climate"),
            output(ozoneColumn, "cm-2", "column of ozone"),
            output(redoxImbalance, "cm-2 s-1", "imbalance of the redox budget of the photochemistry"),
            output(planetaryAlbedo, "1", "planetary albedo of the climate"),
        ]

    private static func mixingRatioOutput(_ species: String) -> OutputDefinition {
        output(mixingRatio(of: species), "1", "mixing ratio of \(species) in the lowest layer")
    }

    private static func fluxOutput(_ species: String) -> OutputDefinition {
        output(flux(of: species), "cm-2 s-1", "flux of \(species) through the surface, upward positive")
    }

    private static func output(_ name: String, _ unit: String, _ description: String) -> OutputDefinition {
        OutputDefinition(name: name, unit: unit, description: description)
    }
}
