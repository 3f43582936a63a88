import ModelRunner
import ParameterSpace
import Support
import SystemPackage
import Testing

@testable import ExplorationFile

/// A small valid file whose model is a command, with additional keys of the model.
private func file(_ model: String, command: String = "[/opt/model, -v]") -> String {
    """
    name: tiny
    parameters:
      - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -2, maximum: 2}}
    run: {cpu_time_seconds: 20}
    model:
      adapter: command
      command: \(command)
      outputs: [{name: t}]
    \(model.split(separator: "\n").map { "  \($0)\n" }.joined())
    """
}

@Suite("The runtime of a model")
struct RuntimeReaderTests {
    private func definition(_ model: String, command: String = "[/opt/model, -v]") throws -> ExplorationDefinition {
        try DefinitionReader.read(text: file(model, command: command), file: "t.yaml")
    }

    @Test("is a process by default, and a podman container with an image")
    func kind_followsFromImage() throws {
        let plain = try definition("")
        #expect(plain.model.runtime == RuntimeDefinition())
        #expect(plain.policy.limits.cpuTime == .seconds(20))
        let image = try definition("image: registry.example/model:1.2")
        #expect(image.model.runtime.kind == .podman)
        #expect(image.model.runtime.container == ContainerSettings(runs: 1, cpus: 1, processes: 256))
        #expect(image.digest != plain.digest)
        let all = try definition(
            """
            runtime: docker
            image: model@sha256:\(String(repeating: "a", count: 64))
            container: {runs: 50, cpus: 0.5, processes: 8}
            environment: {OMP_NUM_THREADS: 2}
            """)
        #expect(all.model.runtime.kind == .docker)
        #expect(all.model.runtime.container == ContainerSettings(runs: 50, cpus: 0.5, processes: 8))
        #expect(all.model.runtime.environment == ["OMP_NUM_THREADS": "2"])
        #expect(all.model.runtime.digest == "sha256:\(String(repeating: "a", count: 64))")
    }

    @Test(
        "is refused with the line of the error",
        arguments: [
            (
                "runtime: podmann",
                "t.yaml:9:12: the model: 'runtime' is 'podmann', but must be process or podman or docker; "
                    + "did you mean 'podman'?"
            ),
            ("runtime: podman", "t.yaml:9:12: the model: the runtime podman needs the key 'image'"),
            ("image: '-v /:/host x'", "t.yaml:9:10: the model: invalid image '-v /:/host x'"),
            ("image: m\ncontainer: {run: 3}", "t.yaml:10:15: the container has no key 'run'; did you mean 'runs'?"),
            ("image: m\ncontainer: {runs: 0}", "'runs' must be a whole number from 1 to 1000000"),
            ("image: m\ncontainer: {cpus: 0}", "'cpus' must be from 0.01 to 1024"),
            ("container: {runs: 3}", "'container' needs the key 'image'"),
            ("environment: {2X: 1}", "invalid name '2X' of an environment variable"),
            ("environment: [X]", "'environment' must be a mapping of names to texts"),
            ("images: m", "the model has no key 'images'; did you mean 'image'?"),
        ])
    func invalidKeys_areRefused(model: String, message: String) {
        #expect {
            try definition(model)
        } throws: { error in
            "\(error)".contains(message)
        }
    }

    @Test("cannot be an image with a command that only makes sense on this machine")
    func commandOfThisMachine_isRefusedInImage() {
        for (command, message) in [
            ("[./model]", "must begin with '/'"),
            ("[python3, '{folder}/m.py']", "'{folder}' is a folder of this machine"),
        ] {
            #expect {
                try definition("image: m", command: command)
            } throws: { error in
                "\(error)".contains(message)
            }
        }
    }

    @Test("can be overridden by the machine: a worker inside the model's image runs it as a process")
    func environment_overridesRuntime() async throws {
        let digest = "sha256:\(String(repeating: "b", count: 64))"
        let definition = try definition(
            "image: model@\(digest)\nenvironment: {OWN: mine}", command: "[sh, -c, 'exit 0']")
        let model = try await definition.model.makeModel(
            in: definition, environment: ["ATMOS_MODEL_RUNTIME": "process"])
        #expect((model as? CommandModel)?.command.dropFirst() == ["-c", "exit 0"])
        #expect(model.version == digest)
        await #expect(throws: SettingError.self) {
            try await definition.model.makeModel(in: definition, environment: ["ATMOS_MODEL_RUNTIME": "chroot"])
        }
        let plain = try self.definition("", command: "[sh]")
        await #expect(throws: SettingError.self) {
            try await plain.model.makeModel(in: plain, environment: ["ATMOS_MODEL_RUNTIME": "podman"])
        }
    }
}

@Suite("The configuration of Atmos")
struct VPLAtmosReaderTests {
    /// A file whose additional keys of the model begin on line 6.
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

    @Test("is read key by key; the defaults are the package's input files and 400 steps")
    func keys_areRead() throws {
        #expect(try configuration("") == VPLAtmosConfiguration())
        let all = try configuration(
            """
            package: ../atmos
            template: ModernEarth
            photochemistry: {wall_time_seconds: 1500, cpu_seconds: 1200}
            climate: {steps: 200, max_steps: 600, wall_time_seconds: 2400, divf_rms_tolerance: 1.0e-3, dt_nd_tolerance: 0.02}
            coupling: {passes: 5, surface_temperature_tolerance: 0.2, mixing_ratio_tolerance: 0.05}
            """)
        #expect(
            all
                == VPLAtmosConfiguration(
                    package: "../atmos", templates: ["ModernEarth"],
                    photochemistry: .init(wallTime: .seconds(1500), cpuTime: .seconds(1200)),
                    climate: .init(wallTime: .seconds(2400)), climateSteps: 200, maxClimateSteps: 600,
                    divergenceTolerance: 1e-3, surfaceChangeTolerance: 0.02,
                    coupling: .init(passes: 5, temperatureTolerance: 0.2, mixingRatioTolerance: 0.05)))
        #expect(try configuration("climate: {steps: 3000}")?.maxClimateSteps == 3000)
        let plain = try definition("")
        #expect(plain.model.outputs == VPLAtmosModel.outputs())
        #expect(plain.model.artifacts == VPLAtmosModel.artifacts)
        #expect(try definition("template: ModernEarth").digest != plain.digest)
        #expect(try definition("coupling: {passes: 2}").digest != plain.digest)
        let more = try definition("species: [N2O, CO2]").model.outputs.map(\.name)
        #expect(more == plain.model.outputs.map(\.name) + ["n2o_mixing_ratio", "n2o_flux"])
    }

    @Test(
        "is refused with the place of the error and its remedy",
        arguments: [
            ("template: ../Mars", 6, "must be the name of a folder"),
            ("photochemistry: {steps: 3}", 6, "no key 'steps'"),
            ("climate:\n  steps: 0", 7, "'steps'"),
            ("climate: {dt_nd_tolerance: 0}", 6, "must be above zero"),
            ("species: [n2o]", 6, "invalid species 'n2o'"),
            ("species: [N2O, N2O]", 6, "named twice"),
            ("coupling: {passes: 1}", 6, "'passes' must be a whole number from 2"),
            ("coupling: {mixing_ratio_tolerance: 0.1}", 6, "'passes'"),
            ("climate: {steps: 400, max_steps: 399}", 6, "'max_steps' must be a whole number from 400"),
            ("climate: {wall_time_seconds: soon}", 6, "'wall_time_seconds'"),
            ("command: [./x]", 6, "cannot be combined with the adapter atmos"),
            ("image: atmos:1", 6, "cannot be combined with the adapter atmos"),
        ])
    func invalidKeys_areRefused(model: String, line: Int, words: String) throws {
        let error = try #require(throws: DefinitionError.self) { try definition(model) }
        #expect(error.diagnostics.count == 1)
        #expect(error.diagnostics[0].line == line, "\(error)")
        #expect(error.diagnostics[0].message.contains(words), "\(error)")
    }

    @Test("a scalar must be a quantity of Atmos, and a quantity a scalar; a species is neither")
    func kinds_areChecked() throws {
        func read(_ parameters: String) throws -> ExplorationDefinition {
            try DefinitionReader.read(
                text: """
                    name: tiny
                    parameters:
                      - {name: CO2, start: 4.0e-4, axis: {step: 0.01}}
                    \(parameters)
                    model: {adapter: atmos}
                    """, file: "t.yaml")
        }
        let definition = try read("  - {name: gravity, kind: scalar, start: 980.7}")
        #expect(definition.space.parameters.count == 2)
        let cases = [
            ("  - {name: CH4, kind: scalar, start: 0.1}", "a scalar of Atmos must be one of gravity, solar_constant, "),
            ("  - {name: star, start: 0}", "parameter 'star' is not a mixing ratio; it needs 'kind: scalar'"),
            ("  - {name: CH4_surface_flux, start: 0}", "needs 'kind: scalar'"),
            (
                "  - {name: CO2_surface_flux, kind: scalar, start: 0}",
                "since the parameter 'CO2' fixes the mixing ratio"
            ),
        ]
        for (parameters, words) in cases {
            let error = try #require(throws: DefinitionError.self) { try read(parameters) }
            #expect(error.diagnostics.map(\.line) == [4], "\(error)")
            #expect(error.description.contains(words), "\(error)")
        }
    }
}
