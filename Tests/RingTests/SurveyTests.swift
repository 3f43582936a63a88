import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("The survey of 2018")
struct SurveyTests {
    private static let names =
        "hash,"
        + ["input", "concentration", "flux"].flatMap { kind in
            ["CH4", "CO2", "H2", "H2O", "O2"].map { "\(kind)_\($0)" }
        }.joined(separator: ",") + ",pressure_bar,temperature_kelvin"

    private static func row(_ hash: String, co2: String, temperature: String) -> String {
        "\(hash),1.63e-06,\(co2),8.13e-08,0.0123,0.21,1.6e-06,\(co2),8.1e-08,0.0123,0.21,"
            + "1.6e+11,-6.9e+08,-4.7e+08,0.0,1.1e+12,1.013,\(temperature)"
    }

    @Test("becomes runs that can be queried, drawn and read again, or nothing of it does")
    func imported() async throws {
        let scratch = try TemporaryFolder()
        func atmos(_ arguments: String...) async throws -> Ended {
            try await Executables.run(
                "atmos", arguments + ["--data", scratch.path.appending("data").string], in: scratch.path)
        }
        func write(_ rows: [String], to name: String) throws {
            try ([Self.names] + rows).joined(separator: "\n").appending("\n").write(
                toFile: scratch.path.appending(name).string, atomically: true, encoding: .utf8)
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let definition = root.appending(path: "config/explorations/atmos-earth.yaml").path
        let good = [
            Self.row("a1", co2: "0.0004", temperature: "287.4"), Self.row("b2", co2: "0.01", temperature: "302.8"),
            // What binary arithmetic made of 0.03.
            Self.row("c3", co2: "0.030000000000000002", temperature: "nan"),
        ]
        try write(good + [Self.row("d4", co2: "0.95", temperature: "300")], to: "bad.csv")
        let refused = try await atmos("import-survey", "bad.csv", "--exploration", definition)
        #expect(refused.status != 0)
        #expect(
            refused.errors.contains(
                "bad.csv, line 5: the mixing ratios are more than 1 in sum. Nothing was imported."), "\(refused)")

        try write(good, to: "summary.csv")
        let first = try await atmos("import-survey", "summary.csv", "--exploration", definition)
        #expect(first.status == 0 && first.output == "3 runs of 'atmos-earth' imported\n", "\(first)")
        let again = try await atmos("import-survey", "summary.csv", "--exploration", definition)
        #expect(again.output == "0 runs of 'atmos-earth' imported; 3 were known already\n", "\(again)")

        let query = try await atmos(
            "query", "--format", "csv",
            """
            SELECT CO2, surface_temperature, surface_pressure, co2_flux, verdict, message FROM atmos_earth ORDER BY CO2
            """)
        let rows = query.output.split(separator: "\n").dropFirst().map(String.init)
        try #require(rows.count == 3, "\(query)")
        let fields = rows[0].split(separator: ",")
        #expect(fields[0...3].map { Double($0) } == [4e-4, 287.4, 1.013, -6.9e8], "\(rows[0])")
        #expect(rows[0].hasSuffix(",stable,converged: taken from the survey of 2018 (its run a1)"), "\(rows[0])")
        #expect(rows[2].hasPrefix("0.03,"), "\(rows[2])")
        let map = try await atmos("map", "atmos-earth", "--axes", "CO2,CH4", "--output", "survey")
        #expect(map.status == 0, "\(map)")
    }
}
