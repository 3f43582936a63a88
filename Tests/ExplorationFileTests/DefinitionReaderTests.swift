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
            filler: {decimals: 10}
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

    @Test("selects the runs whose files are kept, by default all of them")
    func retention_selectsKeptFiles() throws {
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
        "is rejected with the line of the error",
        arguments: [
            ("attempts: 2", "attempts: 2\nartifacts: {keep: some}", "t.yaml:24:19: artifacts: 'keep' is 'some'"),
            ("attempts: 2", "attempts: 2\nartifacts: {keep: warm_starts}", "needs 'warm_start_files'"),
            (
                "attempts: 2", "attempts: 2\nartifacts: {keep: warm_starts, warm_start_files: [x]}",
                "the model keeps no file 'x'"
            ),
            ("attempts: 2", "attempts: 2\nartifacts: {warm_start_files: [x]}", "only goes with 'keep: warm_starts'"),
            ("title: A", "titel: A", "t.yaml:2:1: the exploration has no key 'titel'; did you mean 'title'?"),
            ("steps: 2", "stepps: 2", "t.yaml:17:3: the strategy has no key 'stepps'; did you mean 'steps'?"),
            ("step: 0.01", "step: 0", "t.yaml:6:18: parameter 'CO2': axis: 'step' is 0, but must be above zero"),
            ("start: 4.0e-4", "start: 1.2", "t.yaml:5:12: parameter 'CO2': the start 1.2 is not a mixing ratio"),
            ("start: 4.0e-4", "start: four", "t.yaml:5:12: parameter 'CO2': 'start' must be a decimal number"),
            ("start: 1\n", "start: 2\n", "t.yaml:12:12: parameter 'insolation': the start 2 lies outside its axis"),
            ("neighbours: sides", "neighbours: side", "t.yaml:16:15: the strategy: 'neighbours' is 'side'"),
            ("name: tiny", "name: Tiny Space", "t.yaml:1:7: 'Tiny Space' is no name for an exploration"),
            ("name: N2", "name: co2", "there are two parameters 'co2'"),
            ("name: N2", "name: 'N2`; DROP'", "is no name for a parameter"),
            ("adapter: synthetic", "adapter: magic", "t.yaml:19:12: the model: 'adapter' is 'magic'"),
            ("radius: {CO2: 0.2}", "radius: {CO: 0.2}", "has no key 'CO'; did you mean 'CO2'?"),
            ("radius: {CO2: 0.2}", "radius: {CO2: -1}", "must be above zero"),
            ("attempts: 2", "attempts: 0", "'attempts' must be a whole number from 1 to 100"),
            ("title: A", "title: [A", "t.yaml:3:11: not well-formed YAML: did not"),
            ("title: A tiny space", "title: A\ntitle: B", "the key 'title' stands there twice"),
            ("minimum: 0.5, ", "", "needs the key 'minimum'"),
            ("step: 0.1, minimum", "step: 0.1, per_decade: 4, minimum", "needs exactly one of"),
        ])
    func invalidFile_isRejectedWithLine(old: String, new: String, message: String) {
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
                "frontier", "coarse: 16\n  spacing: 1\n  interior: fill",
                .frontier(Frontier(resolution: [1, 1], initialStep: 16, traceStep: 1, interior: .fill))
            ), ("adaptive", "resolution: 3\n  batch: 8", .adaptive(Adaptive(resolution: [3, 3], batch: 8))),
            ("grid", "every: {insolation: 5}", .sequence(.grid(stride: [1, 5]))),
            ("sobol", "points: 9\n  seed: 4", .sequence(.sobol(points: 9, scrambling: .owen, seed: 4))),
            ("latin-hypercube", "points: 9", .sequence(.latinHypercube(points: 9, seed: 0))),
            ("flood", "reexplore: true", .flood(Flood(Neighbourhood(shape: .sides, steps: 1), expandsKnown: true))),
        ])
    func everyStrategy_isRead(kind: String, keys: String, expected: Strategy) throws {
        let old = "kind: flood\n  neighbours: sides\n  steps: 2"
        let definition = try DefinitionReader.read(
            text: file(replacing: old, with: "kind: \(kind)\n  \(keys)"), file: "t.yaml")
        #expect(definition.strategy == expected)
        let ordinary = try DefinitionReader.read(text: file(), file: "t.yaml")
        #expect(definition.digest != ordinary.digest)
    }

    @Test(
        "is rejected with an invalid strategy or constraint",
        arguments: [
            ("kind: flood", "kind: flod", "t.yaml:15:9: the strategy: 'kind' is 'flod'"),
            ("kind: flood", "kind: grid", "t.yaml:16:15: the strategy: 'neighbours' does not go with the kind grid"),
            ("steps: 2", "steps: 2\n  level: 1", "'level' does not go with the kind flood"),
            ("neighbours: sides\n  steps: 2", "reexplore: yes", "'reexplore' must be true or false"),
            ("flood\n  neighbours: sides\n  steps: 2", "sobol", "the strategy needs the key 'points'"),
            ("flood\n  neighbours: sides\n  steps: 2", "frontier\n  coarse: 6", "must be a power of two"),
            (
                "flood\n  neighbours: sides\n  steps: 2", "frontier\n  coarse: 2\n  spacing: 4",
                "must not be above 'coarse'"
            ),
            ("flood\n  neighbours: sides\n  steps: 2", "adaptive\n  output: temp\n  level: 3", "no output 'temp'"),
            ("flood\n  neighbours: sides\n  steps: 2", "list\n  file: none.csv", "t.yaml:16:9: the strategy: the list"),
            ("strategy:", "constraints: [CO2 + insol < 2]\nstrategy:", "t.yaml:14:21: the constraint"),
            ("strategy:", "constraints:\n  - CO2 > 0.5\nstrategy:", "t.yaml:15:5: the start point does not meet"),
            ("strategy:", "constraints:\n  - [CO2]\nstrategy:", "a constraint must be a text"),
        ])
    func invalidStrategyOrConstraint_isRejected(old: String, new: String, message: String) {
        #expect {
            try DefinitionReader.read(text: file(replacing: old, with: new), file: "t.yaml")
        } throws: { error in
            "\(error)".contains(message)
        }
    }

    @Test("has a digest that depends on its constraints")
    func constraints_changeTheDigest() throws {
        let with = try DefinitionReader.read(
            text: file(replacing: "strategy:", with: "constraints: [CO2 < 0.5]\nstrategy:"), file: "t.yaml")
        #expect(with.space.constraints.map(\.text) == ["CO2 < 0.5"])
        #expect(try with.digest != DefinitionReader.read(text: file(), file: "t.yaml").digest)
    }

    @Test("is rejected if the sum of the start's mixing ratios exceeds 1")
    func sumAboveOne_isRejected() {
        let more = "  - name: O2\n    start: 0.9996001\n  - name: N2\n"
        #expect {
            try DefinitionReader.read(text: file(replacing: "  - name: N2\n", with: more), file: "t.yaml")
        } throws: { error in
            "\(error)" == "t.yaml:4:3: the mixing ratios of the start point are 1.0000001 in sum, which is above 1"
        }
    }

    @Test("reports all errors at once, from top to bottom")
    func allErrors_areReportedAtOnce() {
        let text = file(replacing: "step: 0.01", with: "step: 0").replacing("attempts: 2", with: "attempt: 2")
        #expect {
            try DefinitionReader.read(text: text, file: "t.yaml")
        } throws: { error in
            (error as? DefinitionError)?.diagnostics.map(\.line) == [6, 23]
        }
    }

    @Test("that does not exist is reported as missing")
    func missingFile_isReported() {
        #expect {
            try DefinitionReader.read(file: "no/such/file.yaml")
        } throws: { error in
            "\(error)" == "no/such/file.yaml:1:1: the file cannot be read: there is no such file"
        }
    }

    @Test("has a digest that depends on the search but not on descriptions")
    func digest_ignoresDescriptions() throws {
        let digest = try DefinitionReader.read(text: file(), file: "t.yaml").digest
        let retitled = try DefinitionReader.read(text: file(replacing: "A tiny space", with: "Another"), file: "t.yaml")
        #expect(retitled.digest == digest)
        let refined = try DefinitionReader.read(text: file(replacing: "step: 0.01", with: "step: 0.02"), file: "t.yaml")
        #expect(refined.digest != digest)
    }
}
