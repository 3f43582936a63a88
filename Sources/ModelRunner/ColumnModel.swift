internal import FoundationEssentials
internal import Glibc
package import Logging
package import SystemPackage

/// The model that ships with the project: a radiative-convective temperature column, in Fortran.
package struct ColumnModel: Model {
    /// Names the executable when it is neither beside ours nor in the build folder.
    package static let environmentVariable = "ATMOS_COLUMN_MODEL"

    /// What each run gives.
    package static let outputs = [
        OutputDefinition(name: "surface_temperature", unit: "K", description: "temperature at the surface"),
        OutputDefinition(name: "surface_pressure", unit: "bar", description: "pressure at the surface"),
        OutputDefinition(
            name: "surface_water", unit: "mol/mol", description: "mixing ratio of water vapour at the surface"),
        OutputDefinition(name: "water_column", unit: "kg/m2", description: "water vapour above the surface"),
        OutputDefinition(
            name: "outgoing_longwave", unit: "W/m2", description: "thermal radiation that leaves at the top"),
        OutputDefinition(
            name: "absorbed_shortwave", unit: "W/m2", description: "starlight that the planet absorbs"),
        OutputDefinition(name: "planetary_albedo", unit: "1", description: "share of the starlight that is reflected"),
        OutputDefinition(
            name: "energy_residual", unit: "W/m2", description: "absorbed less emitted at the top of the atmosphere"),
        OutputDefinition(
            name: "climate_feedback", unit: "W/m2/K",
            description: "how much more is emitted than absorbed for each kelvin of warming"),
        OutputDefinition(name: "tropopause_pressure", unit: "bar", description: "pressure where convection ends"),
        OutputDefinition(name: "stratosphere_temperature", unit: "K", description: "temperature above the tropopause"),
        OutputDefinition(name: "co2_pressure", unit: "bar", description: "partial pressure of CO2 at the surface"),
        OutputDefinition(
            name: "co2_saturation", unit: "1",
            description: "largest ratio of CO2's partial pressure to its saturation pressure"),
    ]

    /// The files that are kept: what a neighbour's warm start needs, and the profiles.
    package static let artifacts = ["column_state.dat", "profiles.csv"]

    private let command: CommandModel

    /// Finds the column model: at the path in `ATMOS_COLUMN_MODEL`, else beside this program's own executable, else at
    /// `.build/column-model/column-model` in a folder above it.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` that says where was looked and how to build it.
    package init(logger: Logger = Logger(label: "atmos.model")) throws(ModelFailure) {
        command = try CommandModel(
            name: "column-model", command: [Self.executable().string], outputs: Self.outputs, artifacts: Self.artifacts,
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

    private static func executable() throws(ModelFailure) -> FilePath {
        if let stated = ProcessInfo.processInfo.environment[environmentVariable], !stated.isEmpty {
            return FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(stated))
        }
        let own = FilePath((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/")
        let places = candidates(forExecutable: own)
        if let found = places.first(where: { ExecutableSearch.state(of: $0) == .executable }) { return found }
        throw ModelFailure(
            kind: .notFound,
            message: "The column model was not found: neither at \(places[0]) nor at .build/column-model/column-model "
                + "in a folder above it. scripts/setup builds it; \(environmentVariable) can name another place.")
    }

    /// Where the column model may be for a program at `own`, in the order of preference.
    static func candidates(forExecutable own: FilePath) -> [FilePath] {
        var places = [own.removingLastComponent().appending("column-model")]
        var folder = own.removingLastComponent()
        while folder.removeLastComponent() {
            places.append(folder.pushing(".build/column-model/column-model"))
        }
        return places
    }
}
