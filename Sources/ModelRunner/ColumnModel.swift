package import Logging
package import SystemPackage

/// The model that ships with the project: climate and photochemistry of an atmosphere as one column, in Fortran.
package struct ColumnModel: Model {
    /// The variable with the path of the executable, if it is neither in the folder of this process's one nor in the build
    /// folder.
    package static let environmentVariable = "ATMOS_COLUMN_MODEL"

    /// The outputs of each run. Most are null for an unstable point, which has no column.
    package static let outputs = [
        output("surface_temperature", "K", "temperature at the surface"),
        output("surface_pressure", "bar", "pressure at the surface"),
        output("surface_water", "1", "mole fraction of water at the surface"),
        output("water_column", "kg m-2", "water vapour above the surface"),
        output("outgoing_longwave", "W m-2", "outgoing longwave radiation"),
        output("absorbed_shortwave", "W m-2", "absorbed sunlight"),
        output("planetary_albedo", "1", "share of the sunlight that is reflected"),
        output("energy_residual", "W m-2", "absorbed minus outgoing radiation"),
        output("climate_feedback", "W m-2 K-1", "growth of the loss with the surface temperature"),
        output("tropopause_pressure", "bar", "pressure at the tropopause"),
        output("stratosphere_temperature", "K", "temperature of the stratosphere"),
        output("co2_pressure", "bar", "partial pressure of CO2 at the surface"),
        output("co2_saturation", "1", "that over the saturation pressure of CO2 at the surface"),
        output("ozone_column", "DU", "ozone above the surface"),
        output("ozone_peak", "ppm", "greatest mixing ratio of ozone below 60 km"),
        output("ozone_peak_altitude", "km", "altitude of that"),
        output("stratosphere_water", "ppm", "mixing ratio of water at 10 hPa"),
        output("methane_lifetime", "yr", "methane over its loss to OH"),
        output("co_mixing_ratio", "1", "mixing ratio of carbon monoxide at the surface"),
        output("o2_flux", "1e9 cm-2 s-1", "surface flux that holds the oxygen"),
        output("ch4_flux", "1e9 cm-2 s-1", "surface flux that holds the methane"),
        output("h2_flux", "1e9 cm-2 s-1", "surface flux that holds the hydrogen"),
        output("o2_flux_slope", "1e9 cm-2 s-1", "growth of the oxygen flux per e-fold of oxygen"),
        output("ch4_flux_slope", "1e9 cm-2 s-1", "growth of the methane flux per e-fold of methane"),
        output("h2_flux_slope", "1e9 cm-2 s-1", "growth of the hydrogen flux per e-fold of hydrogen"),
        output("hydrogen_escape", "1e9 cm-2 s-1", "hydrogen atoms that escape"),
        output("redox_residual", "1", "imbalance of the redox budget over its turnover"),
        output("coupling_drift", "K", "surface temperature between the last two passes of climate and chemistry"),
        output(
            "reason", "1",
            "0 stable, 1 runaway, 2 co2_collapse, 3 redox_unstable, 4 flux_infeasible, 5 no_convergence, 6 frozen_out"),
    ]

    /// The climate by level, the chemistry by cell, and the state for a neighbour's warm start.
    package static let artifacts = ["profiles.csv", "chemistry.csv", "column_state.dat"]

    /// The artifacts that a neighbour's run starts from.
    package static let warmStartFiles = ["column_state.dat"]

    private static func output(_ name: String, _ unit: String, _ description: String) -> OutputDefinition {
        OutputDefinition(name: name, unit: unit, description: description)
    }

    static let program = CompanionProgram(
        name: "column-model", meaning: "column model", variable: environmentVariable)

    private let command: CommandModel

    /// Finds the column model: at the path in `ATMOS_COLUMN_MODEL`, else in the folder of this process's executable, else
    /// at `.build/column-model/column-model` in a folder above it.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` with the searched places and how to build it.
    package init(logger: Logger = Logger(label: "atmos.model")) throws(ModelFailure) {
        command = try CommandModel(
            name: "column-model", command: [Self.program.find().string], outputs: Self.outputs,
            artifacts: Self.artifacts,
            logger: logger)
    }

    /// `column-model`.
    package var name: String { command.name }

    /// The SHA-256 of the executable.
    package var version: String { command.version }

    /// ``outputs``.
    package var outputs: [OutputDefinition] { command.outputs }

    /// Runs the column; see ``Model``.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        try await command.run(input, limits: limits, parent: parent, directory: directory)
    }
}
