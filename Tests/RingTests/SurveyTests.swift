import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("The survey of 2018", .timeLimit(.minutes(10)))
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

    @Test(
        "is read with the line ends of any system, and with a byte order mark",
        arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func lineEnds_areAnySystems(end: String, mark: String) async throws {
        let scratch = try TemporaryFolder()
        let definition = Executables.project.appending(path: "config/explorations/atmos-earth.yaml").path
        let rows = [
            Self.row("a1", co2: "0.0004", temperature: "287.4"), Self.row("b2", co2: "0.01", temperature: "302.8"),
        ]
        try scratch.write(mark + ([Self.names] + rows).joined(separator: end) + end, to: "summary.csv")
        func atmos(_ arguments: String...) async throws -> ProcessResult {
            try await Executables.run(
                "atmos", arguments + ["--data", scratch.path.appending("data").string], in: scratch.path)
        }
        let imported = try await atmos("import-survey", "summary.csv", "--exploration", definition)
        #expect(imported.output == "2 runs of 'atmos-earth' imported\n", "\(imported)")
        let query = try await atmos(
            "query", "--format", "csv", "SELECT surface_temperature, message FROM atmos_earth ORDER BY CO2")
        let lines = query.output.split(separator: "\n").dropFirst().map(String.init)
        #expect(
            lines == [
                "287.4,converged: taken from the survey of 2018 (its run a1)",
                "302.8,converged: taken from the survey of 2018 (its run b2)",
            ], "\(query)")

        let wrong = Self.row("c3", co2: "0.02", temperature: "287;4")
        try scratch.write(([Self.names] + rows + [wrong]).joined(separator: end), to: "wrong.csv")
        let refused = try await atmos("import-survey", "wrong.csv", "--exploration", definition)
        #expect(refused.status == 78, "\(refused)")
        #expect(
            refused.errors.contains("wrong.csv, line 4: invalid temperature_kelvin '287;4': expected a number"),
            "\(refused)")
    }

    @Test(
        "is continued by new runs at its edge alone; its map, its coverage and its frontier can be read before and after"
    )
    func survey_isContinued() async throws {
        let scratch = try TemporaryFolder()
        let package = try FreshAtmosPackage(at: scratch.path.appending("atmos"))
        let definition = Executables.project.appending(path: "config/explorations/atmos-earth.yaml").path
        func atmos(_ arguments: String...) async throws -> ProcessResult {
            let result = try await Executables.run(
                "atmos", arguments + ["--data", scratch.path.appending("data").string],
                environment: ["ATMOS_PACKAGE": package.folder.string], in: scratch.path)
            #expect(result.status == 0, "\(arguments): \(result)")
            return result
        }
        let rows = ["0.0004", "0.0104", "0.0204"].enumerated().map { index, co2 in
            Self.row("s\(index)", co2: co2, temperature: "\(288 + index)")
        }
        try scratch.write(([Self.names] + rows).joined(separator: "\r\n") + "\r\n", to: "summary.csv")
        _ = try await atmos("import-survey", "summary.csv", "--exploration", definition)
        func readings() async throws -> [String] {
            let map = try await atmos("map", "atmos-earth", "--axes", "CO2,CH4", "--output", "survey")
            #expect(map.output.contains("survey.png"), "\(map)")
            let coverage = try await atmos("coverage", "atmos-earth").output
            let frontier = try await atmos("query", "SELECT * FROM atmos_earth_frontier").output
            return [coverage, frontier]
        }
        let before = try await readings()[0]
        #expect(before.contains("3 points"), "\(before)")
        // No neighbour of the survey's points is known, so nothing is settled.
        #expect(before.contains(/remaining: at least \d+ runs; no upper bound is known yet/), "\(before)")
        _ = try await atmos("explore", definition, "--max-points", "8", "--workers", "2")
        let attempts = try await atmos(
            "query", "--format", "csv", "--limit", "0",
            """
            SELECT a.worker = 'import-survey', COUNT(*), COUNT(DISTINCT a.hash) FROM attempts a
            JOIN atmos_earth r ON r.hash = a.hash WHERE r.state = 'completed' GROUP BY 1 ORDER BY 1
            """)
        // Five new points, and the three of the survey, which were not run again.
        #expect(attempts.output.hasSuffix("\n0,5,5\n1,3,3\n"), "\(attempts)")
        let near = try await atmos(
            "query", "--format", "csv",
            """
            SELECT COUNT(*) FROM atmos_earth r LEFT JOIN atmos_earth p ON p.hash = r.parent
            WHERE r.state = 'completed' AND r.worker <> 'import-survey' AND COALESCE(p.verdict, '') <> 'stable'
            """)
        #expect(near.output.hasSuffix("\n0\n"), "\(near)")
        _ = try await readings()
    }

    @Test("is imported completely or not at all; its runs can be queried, drawn and imported again")
    func survey_isImportedCompletelyOrNotAtAll() async throws {
        let scratch = try TemporaryFolder()
        func atmos(_ arguments: String...) async throws -> ProcessResult {
            try await Executables.run(
                "atmos", arguments + ["--data", scratch.path.appending("data").string], in: scratch.path)
        }
        func write(_ rows: [String], to name: String) throws {
            try scratch.write(([Self.names] + rows).joined(separator: "\n") + "\n", to: name)
        }
        let definition = Executables.project.appending(path: "config/explorations/atmos-earth.yaml").path
        let good = [
            Self.row("a1", co2: "0.0004", temperature: "287.4"), Self.row("b2", co2: "0.01", temperature: "302.8"),
            // 0.03 after a calculation in binary.
            Self.row("c3", co2: "0.030000000000000002", temperature: "nan"),
        ]
        try write(good + [Self.row("d4", co2: "0.95", temperature: "300")], to: "bad.csv")
        let refused = try await atmos("import-survey", "bad.csv", "--exploration", definition)
        #expect(refused.status != 0)
        #expect(
            refused.errors.contains(
                "bad.csv, line 5: the sum of the mixing ratios is above 1; nothing was imported"), "\(refused)")

        try write(good, to: "summary.csv")
        let first = try await atmos("import-survey", "summary.csv", "--exploration", definition)
        #expect(first.status == 0, "\(first)")
        #expect(first.output == "3 runs of 'atmos-earth' imported\n", "\(first)")
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

    /// A survey of a plane that is stable below a straight edge. It has only runs that converged, and not all of them.
    private static let plane: [(co2: String, ch4: String)] = (0...19).flatMap { x in
        (0...11).compactMap { y in
            let isInside = 0.05 * Double(x) + Double(y) / 12 < 1
            let isLeftOut = 0.05 * Double(x) + Double(y) / 12 > 0.8 && (7 * x + 3 * y) % 4 == 0
            guard isInside, !isLeftOut else { return nil }
            return (x == 0 ? "0.0004" : "\(Double(x) / 100)", y == 0 ? "1.63e-06" : "\(Double(5 * y) / 1000)")
        }
    }

    private static let planeYAML = """
        name: atmos-earth
        parameters:
          - {name: O2, start: 0.21}
          - {name: N2, remainder: {decimals: 10}}
          - {name: H2O, start: 0.0123}
          - {name: CH4, start: 1.63e-6, axis: {step: 0.005}}
          - {name: CO2, start: 4.0e-4, axis: {step: 0.01}}
          - {name: H2, start: 8.13e-8}

        strategy:
          kind: flood

        model:
          adapter: command
          command: [./edge.sh]
          outputs: [{name: surface_temperature, unit: K}]
        """
    /// Notes each point that it runs.
    private static let edge = #"""
        #!/bin/sh
        read_value() { sed -n "s/ *$1 = //p" point.nml; }
        co2=$(read_value CO2) ch4=$(read_value CH4)
        echo "$co2 $ch4" >> "$(dirname "$0")/ran.txt"
        awk -v a="$co2" -v b="$ch4" 'BEGIN {
            s = a / 0.2 + b / 0.06
            printf "{\"verdict\": \"%s\", \"outputs\": {\"surface_temperature\": %.3f}}\n",
                s < 0.999 ? "stable" : "unstable", 288 + 20 * s
        }' > result.json
        """#

    @Test("is drawn, measured and continued: only the edge that it left open is run, and none of its points again")
    func survey_isSharpened() async throws {
        let run = try ExplorationFixture(Self.planeYAML, files: ["edge.sh": Self.edge])
        let rows = Self.plane.enumerated().map { number, point in
            "r\(number),\(point.ch4),\(point.co2),8.13e-08,0.0123,0.21,\(point.ch4),\(point.co2),8.1e-08,0.0123,0.21,"
                + "1.6e+11,-6.9e+08,-4.7e+08,0.0,1.1e+12,1.013,290"
        }
        try run.scratch.write("\u{FEFF}" + ([Self.names] + rows).joined(separator: "\r\n"), to: "summary.csv")
        let imported = try await run.read("import-survey", ["summary.csv", "--exploration", run.file.string])
        #expect(imported.output == "\(Self.plane.count) runs of 'atmos-earth' imported\n", "\(imported)")

        // The survey ends at stable points: no edge is known yet, and the search would continue there.
        let before = try await run.read("coverage", [])
        #expect(before.output.contains("(\(Self.plane.count) stable, 0 unstable)"), "\(before)")
        #expect(before.output.contains("remaining: at least"), "\(before)")
        let map = try await run.read("map", ["--axes", "CO2,CH4", "--output", "survey"])
        #expect(
            map.status == 0 && FileManager.default.fileExists(atPath: run.scratch.path.appending("survey.png").string))
        let query = ["--format", "csv", "SELECT CO2, CH4, axis, direction, unstable_at FROM atmos_earth_frontier"]
        #expect(try await run.read("query", query).output.split(separator: "\n").count == 1)

        // The guide's way to another strategy.
        let guide = try String(
            contentsOf: Executables.project.appending(path: "config/explorations/README.md"), encoding: .utf8)
        let script = try #require(guide.firstMatch(of: /\nsed '(.*)' config\/explorations\/atmos-earth\.yaml >/)).output
            .1
        for file in [run.file.string, Executables.project.appending(path: "config/explorations/atmos-earth.yaml").path]
        {
            let made = try await Subprocess.run(
                .name("sed"), arguments: [String(script), file], output: .string(limit: 65_536))
            let text = made.standardOutput
            #expect(text.contains("\nstrategy: {kind: frontier}\n") && !text.contains("flood"), "\(text)")
            if file == run.file.string { try run.scratch.write(text, to: "exploration.yaml") }
        }
        let explored = try await run.explore()
        #expect(explored.status == 0, "\(explored)")

        let ran = try run.scratch.text("ran.txt").split(separator: "\n").map {
            $0.split(separator: " ").map { Double($0) }
        }
        let surveyed = Set(Self.plane.map { [Double($0.co2), Double($0.ch4)] })
        #expect(Set(ran).count == ran.count && surveyed.isDisjoint(with: ran), "\(ran)")
        // Flood would run each neighbour of the edge, and this has one run in two steps along it.
        #expect((10...45).contains(ran.count), "\(ran.count)")
        let attempts = try await run.read(
            "query", ["--format", "csv", "SELECT COUNT(*) FROM attempts WHERE worker = 'import-survey'"])
        #expect(attempts.output.hasSuffix("\n\(surveyed.count)\n"), "\(attempts)")

        let frontier = try await run.read("query", query).output.split(separator: "\n").dropFirst()
        #expect(frontier.count > 10)
        for row in frontier.map({ $0.split(separator: ",") }) {
            let (co2, ch4, end) = try (
                #require(Double(row[0])), #require(Double(row[1])), #require(Double(row[4]))
            )
            #expect(co2 / 0.2 + ch4 / 0.06 < 0.999, "\(row)")
            #expect((row[2] == "CO2" ? end / 0.2 + ch4 / 0.06 : co2 / 0.2 + end / 0.06) >= 0.999, "\(row)")
        }
        let after = try await run.read("coverage", [])
        #expect(after.output.contains("remaining: 0 runs"), "\(after)")
    }
}

@Suite("A ledger of an older version", .timeLimit(.minutes(10)))
struct OlderLedgerTests {
    /// Undoes the migrations to version 8 and 7.
    private static let older = """
        DROP TABLE ledger_rings;
        ALTER TABLE ledger_budgets DROP COLUMN points, DROP COLUMN wall_seconds;
        ALTER TABLE ledger_budgets ADD COLUMN until_resolved BOOLEAN NOT NULL DEFAULT FALSE, DROP COLUMN tolerance;
        DELETE FROM ledger_migrations WHERE version > 6;
        """

    @Test("is migrated by a reading command in a local folder, but not on a server")
    func localLedger_isMigrated() async throws {
        let plane = SyntheticPlane(reach: 3)
        let run = try ExplorationFixture(plane.yaml)
        let explored = try await run.explore()
        try #require(explored.status == 0, "\(explored)")
        try await run.database { socket in
            let made = try await Subprocess.run(
                .name("mariadb"),
                arguments: ["--no-defaults", "--user=root", "--socket=\(socket)", "--execute=\(Self.older)", "atmos"],
                output: .discarded, error: .string(limit: 4_096))
            try #require(made.terminationStatus.isSuccess, "\(made.standardError)")
            let url = "mariadb://root@localhost/atmos?socket=\(socket)"
            let refused = try await Executables.run("atmos", ["coverage", "--mariadb-url", url], in: run.scratch.path)
            #expect(refused.status == 78, "\(refused)")
            #expect(refused.errors.contains("has schema version 6, but this program needs version"), "\(refused)")
            #expect(refused.errors.contains("atmos-sql-client FILE --create-only"), "\(refused)")
            // Any version of the ledger can be queried.
            let query = "SELECT COUNT(*) FROM plane"
            let asked = try await Executables.run(
                "atmos", ["query", query, "--mariadb-url", url, "--format", "csv"], in: run.scratch.path)
            #expect(asked.output.hasSuffix("\n\(plane.expected.count)\n"), "\(asked)")
        }
        let read = try await run.read("coverage", [])
        #expect(read.status == 0, "\(read)")
        #expect(read.output.contains("plane: \(plane.expected.count) points"), "\(read)")
    }
}
