import ModelRunner
import Testing

@testable import ExplorationFile

@Suite("How an exploration drives Atmos")
struct VPLAtmosReaderTests {
    /// The file, whose model's own keys begin on line 6.
    private func definition(_ model: String) throws -> ExplorationDefinition {
        try DefinitionReader.read(
            text: """
                name: tiny
                parameters:
                  - {name: CO2, start: 4.0e-4, axis: {step: 0.01}}
                model:
                  adapter: atmos
                \(model.split(separator: "\n").map { "  \($0)\n" }.joined())
                """, file: "t.yaml")
    }

    private func configuration(_ model: String) throws -> VPLAtmosConfiguration? {
        guard case .atmos(let configuration) = try definition(model).model.adapter else { return nil }
        return configuration
    }

    @Test("is read key by key, and is its package's own input files and 400 steps where nothing is said")
    func keys() throws {
        #expect(try configuration("") == VPLAtmosConfiguration())
        let all = try configuration(
            """
            package: ../atmos
            template: ModernEarth
            photochemistry: {wall_time_seconds: 1500, cpu_seconds: 1200}
            climate: {steps: 200, wall_time_seconds: 2400, divf_rms_tolerance: 1.0e-3, dt_nd_tolerance: 0.02}
            """)
        #expect(
            all
                == VPLAtmosConfiguration(
                    package: "../atmos", template: "ModernEarth",
                    photochemistry: .init(wallTime: .seconds(1500), cpuTime: .seconds(1200)),
                    climate: .init(wallTime: .seconds(2400)), climateSteps: 200, divergenceTolerance: 1e-3,
                    surfaceChangeTolerance: 0.02))
        let plain = try definition("")
        #expect(plain.model.outputs == VPLAtmosModel.outputs && plain.model.artifacts == VPLAtmosModel.artifacts)
        #expect(try definition("template: ModernEarth").digest != plain.digest)
    }

    @Test(
        "is refused with the place and what would be right",
        arguments: [
            ("template: ../Mars", 6, "must be the name of a folder"),
            ("photochemistry: {steps: 3}", 6, "no key 'steps'"),
            ("climate:\n  steps: 0", 7, "'steps'"),
            ("climate: {dt_nd_tolerance: 0}", 6, "must be above zero"),
            ("climate: {wall_time_seconds: soon}", 6, "'wall_time_seconds'"),
            ("command: [./x]", 6, "does not go with the adapter atmos"),
            ("image: atmos:1", 6, "does not go with the adapter atmos"),
        ])
    func refused(model: String, line: Int, words: String) throws {
        let error = try #require(throws: DefinitionError.self) { try definition(model) }
        #expect(error.diagnostics.count == 1)
        #expect(error.diagnostics[0].line == line && error.diagnostics[0].message.contains(words), "\(error)")
    }
}
