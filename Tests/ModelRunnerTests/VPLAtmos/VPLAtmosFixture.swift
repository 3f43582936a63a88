import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ModelRunner

/// Runs of the substitutes for Atmos's programs in `Package/`.
struct VPLAtmosFixture {
    static let package = FreshAtmosPackage.substitutes

    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    /// A point with the composition that the substitutes expect, except for `changes`.
    static func point(_ changes: [(String, String)] = []) -> ModelInput {
        var values = [("O2", "0.21"), ("CH4", "1.63e-6"), ("CO2", "0.0004"), ("N2", "0.7772982887")]
        for (name, value) in changes {
            values.removeAll { $0.0 == name }
            values.append((name, value))
        }
        return input(values)
    }

    /// A point with these values only.
    static func input(_ values: [(String, String)]) -> ModelInput {
        ModelInput(
            hash: String(repeating: "ab", count: 32), code: values.map(\.1).joined(separator: ","),
            values: values.map { NamedValue(name: $0, value: $1) })
    }

    static func model(
        photo: String = "converge", climate: String = "converge",
        _ configuration: VPLAtmosConfiguration = VPLAtmosConfiguration(climateSteps: 5)
    ) throws -> VPLAtmosModel {
        var configuration = configuration
        configuration.package = package.string
        configuration.templates = ["ModernEarth"]
        return try VPLAtmosModel(
            configuration, environment: ["STAND_IN_PHOTO": photo, "STAND_IN_CLIMA": climate])
    }

    /// Runs a point in a new directory and returns the outcome.
    func run(
        _ model: VPLAtmosModel, _ input: ModelInput = point(), limits: RunLimits = RunLimits(wallTime: .seconds(60)),
        parent: FilePath? = nil, directory: FilePath? = nil, progress: @escaping ModelProgressReport = { _ in }
    ) async throws -> Result<ModelResult, ModelFailure> {
        do {
            return .success(
                try await model.run(
                    input, limits: limits, parent: parent, directory: try directory ?? fixture.runDirectory(),
                    progress: progress))
        } catch let failure as ModelFailure {
            return .failure(failure)
        }
    }

    /// The names of the files that a run keeps.
    static func names(of result: ModelResult) -> [String] {
        result.artifacts.compactMap { $0.lastComponent?.string }
    }

    /// The text of a file of a run.
    func text(_ file: String, in directory: FilePath) throws -> String {
        try fixture.read(directory.pushing(FilePath(file)))
    }
}

/// Minimal files in the formats of Atmos's programs.
enum VPLAtmosOutputSamples {
    /// An `out.out` whose photochemistry reached `time`, with its table of fluxes in two blocks.
    static func report(time: String = "7.87E+17", emax: String = "6.25E-11") -> String {
        """
         Z, DEN
         9.92E+06   1.11E-03   1.37E-04
         N =   39  EMAX = 6.69E-11 FOR H2O2    AT Z = 2.28E+06 U = 6.07E-12 RHS =-4.06E-22  DT = 6.30E+17  TIME = 1.57E+17
         N =   40  EMAX = \(emax) FOR OCS     AT Z = 4.18E+06 U = 1.53E-15 RHS =-9.55E-26  DT = 3.15E+18  TIME = \(time)
          2.50E+04 1.69-230 3.25E-15

         FLUXES OF LONG-LIVED SPECIES


             Z        O2        H2O       CH4
          0.00E+00  1.10E+12  4.08E+12  1.60E+11
          5.00E+04  9.96E+11  0.00E+00  1.00E+10

             Z        N         CO2
          0.00E+00 -1.50-102 -6.87E+08
          5.00E+04  9.96E+11  0.00E+00

         AQUEOUS PHASE SPECIES

        """
    }

    static let photochemistryLog = " some words\n PhotoMain run completed....\n See PHOTOCHEM/OUTPUT/ directory\n"

    static let profile = """
            PRESS     TEMP      ALT       O2        CO2       CH4       N
           9.831E-001  2.884E+002  2.500E+004  2.100E-001  4.000E-004  1.630E-006  1.688E-230
           9.263E-001  2.855E+002  7.500E+004  2.100E-001  4.000E-004  1.627E-006  1.061E-223

        """

    /// A `clima_allout.tab` with this number of steps, and with a table after the first and one after the last.
    static func climate(
        steps: Int = 3, change: String = "-9.09E-04", lastTemperature: String = "2.8743E+02", rows: Int = 101
    ) -> String {
        (1...steps).map { step in
            " NST=\(step < 10 ? "     " : "    ")\(step) JCONV= 74 CHG=1.12E-03 dt0=1.00E+04 DIVF(1)=-3.78E-05 "
                + "DIVFrms= 2.15E-03 DT(ND)=\(change) T(ND)=2.8743E+02\n"
                + (step == 1 ? table(temperature: "2.8847E+02") : "")
        }.joined() + table(temperature: lastTemperature, rows: rows) + "\n FCO2\n  4.01E-04\n"
    }

    private static func table(temperature: String, rows: Int = 101) -> String {
        let names = "  J     P         ALT         T        CONVEC       DT\n"
        let levels = (1...rows).map { row in
            let isSurface = row == 101
            return "\(row) \(isSurface ? "1.0301E+00 0.0000E+00 \(temperature)" : "7.6980E-06 7.2948E+01 1.1060E+02")"
                + "  0.00E+00  -1.1667E-02\n"
        }
        return names + levels.joined() + names
    }
}

extension String {
    /// The text's bytes.
    var bytes: [UInt8] { Array(utf8) }
}
