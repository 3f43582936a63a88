import ArtifactStore
import ModelRunner
import ParameterSpace
import Testing

@testable import ExplorationFile

/// A small valid file, with one line replaced.
private func file(replacing old: String = "", with new: String = "") -> String {
    let text = """
        name: tiny
        title: A tiny space
        parameters:
          - name: CO2
            start: 4.0e-4
            axis: {step: 0.01}
          - name: N2
            remainder: {decimals: 10}
          - name: insolation
            kind: scalar
            unit: S0
            start: 1
            axis: {step: 0.1, minimum: 0.5, maximum: 1.5}
        strategy:
          kind: flood
          neighbours: sides
          steps: 2
        model:
          adapter: synthetic
          region: {centre: {CO2: 0.1}, radius: {CO2: 0.2}}
        run:
          wall_time_seconds: 10
          attempts: 2
        """
    return old.isEmpty ? text : text.replacing(old, with: new)
}

@Suite("The exploration file")
struct DefinitionReaderTests {
    @Test("is read with its parameters, strategy, model and limits")
    func validFile_isRead() throws {
        let definition = try DefinitionReader.read(text: file(), file: "tiny.yaml")
        #expect(definition.name == "tiny")
        #expect(definition.table == "tiny")
        #expect(definition.space.start?.code == "0.0004,0.9996,1")
        #expect(definition.strategy == .flood(Flood(Neighbourhood(shape: .sides, steps: 2))))
        #expect(definition.policy.attempts == 2)
        #expect(definition.policy.wallTime == .seconds(10))
        #expect(
            definition.model.adapter
                == .synthetic(region: [SyntheticModel.Extent(name: "CO2", centre: 0.1, radius: 0.2)]))
    }

    @Test("determines which runs' files are kept; all of them by default")
    func retention_isRead() throws {
        func retention(_ keep: String, column: Bool = false) throws -> ArtifactRetention {
            var text = file() + keep
            if column {
                text = text.replacing("  region: {centre: {CO2: 0.1}, radius: {CO2: 0.2}}\n", with: "")
                    .replacing("adapter: synthetic", with: "adapter: column-model")
            }
            return try DefinitionReader.read(text: text, file: "t.yaml").retention
        }
        #expect(try retention("") == .all)
        #expect(try retention("\nartifacts: {keep: failures}") == .failures)
        #expect(
            try retention("\nartifacts: {keep: warm_starts}", column: true) == .warmStarts(files: ["column_state.dat"]))
        #expect(
            try retention("\nartifacts: {keep: warm_starts, warm_start_files: [profiles.csv]}", column: true)
                == .warmStarts(files: ["profiles.csv"]))
    }

    @Test(
        "is refused with the line of the error",
        arguments: [
            ("attempts: 2", "attempts: 2\nartifacts: {keep: some}", "t.yaml:24:19: artifacts: 'keep' is 'some'"),
            ("attempts: 2", "attempts: 2\nartifacts: {keep: warm_starts}", "needs 'warm_start_files'"),
            (
                "attempts: 2", "attempts: 2\nartifacts: {keep: warm_starts, warm_start_files: [x]}",
                "the model has no artifact 'x'"
            ),
            ("attempts: 2", "attempts: 2\nartifacts: {warm_start_files: [x]}", "needs 'keep: warm_starts'"),
            ("title: A", "titel: A", "t.yaml:2:1: the exploration has no key 'titel'; did you mean 'title'?"),
            ("steps: 2", "stepps: 2", "t.yaml:17:3: the strategy has no key 'stepps'; did you mean 'steps'?"),
            ("step: 0.01", "step: 0", "t.yaml:6:18: parameter 'CO2': axis: 'step' is 0, but must be above zero"),
            ("start: 4.0e-4", "start: 1.2", "t.yaml:5:12: parameter 'CO2': the start 1.2 is not a mixing ratio"),
            ("start: 4.0e-4", "start: four", "t.yaml:5:12: parameter 'CO2': 'start' must be a decimal number"),
            ("start: 1\n", "start: 2\n", "t.yaml:12:12: parameter 'insolation': the start 2 is outside its axis"),
            ("neighbours: sides", "neighbours: side", "t.yaml:16:15: the strategy: 'neighbours' is 'side'"),
            ("name: tiny", "name: Tiny Space", "t.yaml:1:7: invalid name 'Tiny Space' of an exploration"),
            ("name: N2", "name: co2", "there are two parameters 'co2'"),
            ("name: N2", "name: 'N2`; DROP'", "invalid name 'N2`; DROP' of a parameter"),
            ("adapter: synthetic", "adapter: magic", "t.yaml:19:12: the model: 'adapter' is 'magic'"),
            ("radius: {CO2: 0.2}", "radius: {CO: 0.2}", "has no key 'CO'; did you mean 'CO2'?"),
            ("radius: {CO2: 0.2}", "radius: {CO2: -1}", "must be above zero"),
            ("attempts: 2", "attempts: 0", "'attempts' must be a whole number from 1 to 100"),
            ("title: A", "title: [A", "t.yaml:3:11: malformed YAML: did not"),
            ("title: A tiny space", "title: A\ntitle: B", "duplicate key 'title'"),
            ("minimum: 0.5, ", "", "needs the key 'minimum'"),
            ("step: 0.1, minimum", "step: 0.1, per_decade: 4, minimum", "needs exactly one of"),
        ])
    func invalidFile_isRefused(old: String, new: String, message: String) {
        #expect {
            try DefinitionReader.read(text: file(replacing: old, with: new), file: "t.yaml")
        } throws: { error in
            "\(error)".contains(message)
        }
    }

    @Test(
        "is read with any strategy",
        arguments: [
            ("frontier", "resolution: {CO2: 2}", Strategy.frontier(Frontier(resolution: [2, 1]))),
            (
                "frontier", "initial_step: 16\n  trace_step: 1\n  interior: fill",
                .frontier(Frontier(resolution: [1, 1], initialStep: 16, traceStep: 1, interior: .fill))
            ), ("adaptive", "resolution: 3\n  batch: 8", .adaptive(Adaptive(resolution: [3, 3], batch: 8))),
            ("grid", "stride: {insolation: 5}", .sequence(.grid(stride: [1, 5]))),
            ("sobol", "points: 9\n  seed: 4", .sequence(.sobol(points: 9, scrambling: .owen, seed: 4))),
            ("latin-hypercube", "points: 9", .sequence(.latinHypercube(points: 9, seed: 0))),
            ("flood", "expand_known: true", .flood(Flood(Neighbourhood(shape: .sides, steps: 1), expandsKnown: true))),
        ])
    func anyStrategy_isRead(kind: String, keys: String, expected: Strategy) throws {
        let old = "kind: flood\n  neighbours: sides\n  steps: 2"
        let definition = try DefinitionReader.read(
            text: file(replacing: old, with: "kind: \(kind)\n  \(keys)"), file: "t.yaml")
        #expect(definition.strategy == expected)
        let ordinary = try DefinitionReader.read(text: file(), file: "t.yaml")
        #expect(definition.digest != ordinary.digest)
    }

    @Test(
        "is refused if its strategy or a constraint is invalid",
        arguments: [
            ("kind: flood", "kind: flod", "t.yaml:15:9: the strategy: 'kind' is 'flod'"),
            (
                "kind: flood", "kind: grid",
                "t.yaml:16:15: the strategy: 'neighbours' cannot be combined with the kind grid"
            ),
            ("steps: 2", "steps: 2\n  level: 1", "'level' cannot be combined with the kind flood"),
            ("neighbours: sides\n  steps: 2", "expand_known: yes", "'expand_known' must be true or false"),
            ("flood\n  neighbours: sides\n  steps: 2", "sobol", "the strategy needs the key 'points'"),
            ("flood\n  neighbours: sides\n  steps: 2", "frontier\n  initial_step: 6", "must be a power of two"),
            (
                "flood\n  neighbours: sides\n  steps: 2", "frontier\n  initial_step: 2\n  trace_step: 4",
                "must not be above 'initial_step'"
            ),
            ("flood\n  neighbours: sides\n  steps: 2", "adaptive\n  output: temp\n  level: 3", "no output 'temp'"),
            ("flood\n  neighbours: sides\n  steps: 2", "list\n  file: none.csv", "t.yaml:16:9: the strategy: the list"),
            ("strategy:", "constraints: [CO2 + insol < 2]\nstrategy:", "t.yaml:14:21: the constraint"),
            ("strategy:", "constraints:\n  - CO2 > 0.5\nstrategy:", "t.yaml:15:5: the start point does not meet"),
            ("strategy:", "constraints:\n  - [CO2]\nstrategy:", "a constraint must be a text"),
        ])
    func invalidStrategyOrConstraint_isRefused(old: String, new: String, message: String) {
        #expect {
            try DefinitionReader.read(text: file(replacing: old, with: new), file: "t.yaml")
        } throws: { error in
            "\(error)".contains(message)
        }
    }

    @Test("has a digest that depends on its constraints")
    func constraints_changeDigest() throws {
        let with = try DefinitionReader.read(
            text: file(replacing: "strategy:", with: "constraints: [CO2 < 0.5]\nstrategy:"), file: "t.yaml")
        #expect(with.space.constraints.map(\.text) == ["CO2 < 0.5"])
        #expect(try with.digest != DefinitionReader.read(text: file(), file: "t.yaml").digest)
    }

    @Test("is refused if the sum of the start's mixing ratios is above 1")
    func sumAboveOne_isRefused() {
        let more = "  - name: O2\n    start: 0.9996001\n  - name: N2\n"
        #expect {
            try DefinitionReader.read(text: file(replacing: "  - name: N2\n", with: more), file: "t.yaml")
        } throws: { error in
            "\(error)" == "t.yaml:4:3: the sum of the start point's mixing ratios is 1.0000001, which is above 1"
        }
    }

    @Test("shows all of its errors at once, from top to bottom")
    func allErrors_areReported() {
        let text = file(replacing: "step: 0.01", with: "step: 0").replacing("attempts: 2", with: "attempt: 2")
        #expect {
            try DefinitionReader.read(text: text, file: "t.yaml")
        } throws: { error in
            (error as? DefinitionError)?.diagnostics.map(\.line) == [6, 23]
        }
    }

    @Test("is reported as missing if it does not exist")
    func missingFile_isReported() {
        #expect {
            try DefinitionReader.read(file: "no/such/file.yaml")
        } throws: { error in
            "\(error)" == "no/such/file.yaml:1:1: the file cannot be read: there is no such file"
        }
    }

    @Test("has a digest that depends on what is searched, and not on its titles")
    func digest_ignoresTitles() throws {
        let digest = try DefinitionReader.read(text: file(), file: "t.yaml").digest
        let retitled = try DefinitionReader.read(text: file(replacing: "A tiny space", with: "Another"), file: "t.yaml")
        #expect(retitled.digest == digest)
        let refined = try DefinitionReader.read(text: file(replacing: "step: 0.01", with: "step: 0.02"), file: "t.yaml")
        #expect(refined.digest != digest)
    }
}

/// Files with the former names of keys must mean the same as before.
@Suite("A former name of a key")
struct FormerKeyTests {
    private func definition(_ parameter: String, _ strategy: String, _ resources: String = "{cpus: 1}") throws
        -> ExplorationDefinition
    {
        try DefinitionReader.read(
            text: """
                name: tiny
                parameters:
                  - {name: CO2, start: 0.1, axis: {step: 0.1}}
                  - {name: N2, \(parameter)}
                model:
                  adapter: synthetic
                  region: {centre: {CO2: 0.1}, radius: {CO2: 0.5}}
                strategy: \(strategy)
                resources: \(resources)
                """, file: "t.yaml")
    }

    @Test(
        "is read like the present one, with the same digest",
        arguments: [
            (
                "{kind: frontier, coarse: 16, spacing: 4, interior: fill}",
                "{kind: frontier, initial_step: 16, trace_step: 4, interior: fill}"
            ), ("{kind: adaptive, coarse: 4}", "{kind: adaptive, initial_step: 4}"),
            ("{kind: grid, every: {CO2: 3}}", "{kind: grid, stride: {CO2: 3}}"),
            ("{kind: flood, reexplore: true}", "{kind: flood, expand_known: true}"),
        ])
    func formerKeys_meanTheSame(former: String, present: String) throws {
        let old = try definition("filler: {decimals: 8}", former, "{hdd: 10G}")
        let new = try definition("remainder: {decimals: 8}", present, "{disk: 10G}")
        #expect(old.strategy == new.strategy)
        #expect(old.resources == new.resources)
        #expect(old.space.parameters.map(\.role) == new.space.parameters.map(\.role))
        #expect(old.digest == new.digest)
        let comparison = try #require(DefinitionComparison(registered: old.source, wanted: new))
        #expect(comparison.changes.isEmpty)
        try comparison.checkCompatibility()
    }

    @Test("does not change the digest that earlier versions computed")
    func digest_isThatOfEarlierVersions() throws {
        let frontier = try definition("remainder: {decimals: 8}", "{kind: frontier, initial_step: 16, trace_step: 4}")
        #expect(frontier.digestedLines.contains("parameter N2 mixing_ratio 0.9 filler 8"))
        #expect(frontier.digestedLines.contains("frontier [1] 16 4 coarse"))
    }

    @Test(
        "is refused with its line next to the present one",
        arguments: [
            (
                "filler: {}, remainder: {}", "{kind: flood}", "{cpus: 1}", "t.yaml:4:",
                "'filler' is the former name of 'remainder'"
            ),
            (
                "remainder: {}", "{kind: frontier, initial_step: 4, coarse: 4}", "{cpus: 1}", "t.yaml:8:",
                "'coarse' is the former name of 'initial_step'"
            ),
            (
                "remainder: {}", "{kind: flood}", "{hdd: 1G, disk: 1G}", "t.yaml:9:",
                "'hdd' is the former name of 'disk'"
            ),
        ])
    func bothNames_areRefused(
        parameter: String, strategy: String, resources: String, place: String, message: String
    ) throws {
        let error = try #require(throws: DefinitionError.self) { try definition(parameter, strategy, resources) }
        #expect("\(error)".hasPrefix(place), "\(error)")
        #expect("\(error)".contains(message), "\(error)")
    }
}

@Suite("The resources of a run")
struct ResourcesTests {
    private func definition(_ more: String) throws -> ExplorationDefinition {
        try DefinitionReader.read(
            text: """
                name: tiny
                parameters:
                  - {name: CO2, start: 0.1, axis: {step: 0.1}}
                  - {name: N2, filler: {decimals: 10}}
                model:
                  adapter: synthetic
                  region: {centre: {CO2: 0.1}, radius: {CO2: 0.5}}
                \(more)
                """, file: "t.yaml")
    }

    @Test("follow from its limits unless the file names them")
    func defaults_followFromLimits() throws {
        let standard = try definition("run: {memory_mib: 512, output_mib: 10}").resources
        #expect(standard.cpus == Quantity(whole: 1))
        #expect("\(standard.ram)" == "768Mi")
        #expect("\(standard.disk)" == "276Mi")
        #expect(standard.gpus == 0)
        let named = try definition("resources: {cpus: 1500m, ram: 2Gi, disk: 10G, gpus: 1}")
        #expect("\(named.resources.cpus)" == "1500m")
        #expect("\(named.resources.ram)" == "2Gi")
        #expect("\(named.resources.disk)" == "10000000000")
        #expect(named.resources.gpus == 1)
        #expect(try definition("").digest == named.digest, "resources do not determine the points")
    }

    @Test(
        "are refused with their line if they are impossible",
        arguments: [
            ("resources: {cpus: many}", "t.yaml:8:"),
            ("resources: {ram: 512Mi}", "less than the memory limit of a run"),
            ("resources: {disk: 0}", "'disk' is '0', but must be an amount above zero"),
            ("resources: {gpus: 0.5}", "whole number"),
            ("resources: {memory: 1Gi}", "has no key 'memory'"), ("resources: 5", "must be a mapping"),
        ])
    func impossibleResources_areRefused(text: String, expected: String) throws {
        let error = try #require(throws: DefinitionError.self) { try definition(text) }
        #expect("\(error)".contains(expected), "\(error)")
    }
}
