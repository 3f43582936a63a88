import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("An exploration with Atmos", .timeLimit(.minutes(15)))
struct VPLAtmosExploreTests {
    @Test("runs the package's programs, and draws a point's profiles from the files that its run kept")
    func exploration_hasProfiles() async throws {
        let package = Executables.project.appending(path: "Tests/ModelRunnerTests/VPLAtmos/Package").path
        let run = try ExplorationFixture(
            """
            name: small-atmos
            parameters:
              - {name: O2, start: 0.21}
              - {name: N2, remainder: {decimals: 10}}
              - {name: CO2, start: 0.01, axis: {step: 0.01, minimum: 0.01, maximum: 0.02}}
              - {name: CH4_surface_flux, kind: scalar, unit: cm-2 s-1, start: 1.6e11}
            model: {adapter: atmos, package: '\(package)', template: ModernEarth, climate: {steps: 5}, species: [N]}
            run: {wall_time_seconds: 60}
            """)
        let explored = try await run.explore()
        #expect(explored.status == 0, "\(explored)")
        let row = try await run.read(
            "query",
            ["--format", "csv", "SELECT code, verdict, n_mixing_ratio IS NULL FROM small_atmos ORDER BY CO2"])
        let lines = row.output.split(separator: "\n").dropFirst()
        #expect(lines.count == 2, "\(row)")
        #expect(lines.allSatisfy { $0.hasSuffix(",stable,0") }, "\(row)")

        let chart = run.scratch.path.appending("chart").string
        let code = "0.21,0.78,0.01,160000000000"
        let plotted = try await run.command("plot", "profile", code, "--species", "O2,CH4", "--output", chart)
        #expect(plotted.status == 0, "\(plotted)")
        let svg = try String(contentsOfFile: chart + ".svg", encoding: .utf8)
        #expect(svg.contains("small-atmos: \(code)"))
        #expect(svg.contains("temperature in the climate, O2, CH4"))
        #expect(FileManager.default.fileExists(atPath: chart + ".png"))
        let unknown = try await run.command("plot", "profile", code, "--species", "XE", "--output", chart)
        #expect(unknown.status == 78, "\(unknown)")
        #expect(unknown.errors.contains("the run has no species 'XE'; it has "), "\(unknown)")
    }
}
