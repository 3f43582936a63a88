import Glibc
import Support
import SystemPackage
import Testing

@testable import ModelRunner

/// The programs in the documentation run unchanged.
@Suite("The examples of the documentation")
struct ReadmeTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    private static let outputs = [OutputDefinition(name: "surface_temperature", unit: "K", description: "")]

    /// The first program in `language` that begins with `start`.
    private func example(_ language: String, startingWith start: String) throws -> String {
        let readme = FilePath(#filePath).removingLastComponent()
            .pushing("../../Sources/ModelRunner/README.md").lexicallyNormalized()
        let text = try fixture.read(readme)
        let begin = try #require(text.firstRange(of: "```\(language)\n\(start)"))
        let program = text[begin.lowerBound...].dropFirst("```\(language)\n".count)
        let end = try #require(program.firstRange(of: "```"))
        return String(program[..<end.lowerBound])
    }

    private func verdicts(of model: CommandModel) async throws -> [Verdict] {
        var verdicts: [Verdict] = []
        for insolation in ["1.0", "0.1"] {
            let values = [NamedValue(name: "CO2", value: "4.0e-4"), NamedValue(name: "insolation", value: insolation)]
            let result = try await model.run(
                ModelInput(hash: "", code: "", values: values), limits: RunLimits(), parent: nil,
                directory: fixture.runDirectory())
            #expect(result.outputs.count == 1)
            verdicts.append(result.verdict)
        }
        return verdicts
    }

    @Test("the Python example runs", .enabled(if: Toolchain.has("python3")))
    func pythonExample_runs() async throws {
        try fixture.write(try example("python", startingWith: "#!"), to: "toy.py", mode: 0o755)
        for command in [["./toy.py"], ["python3", "{folder}/toy.py"]] {
            let model = try CommandModel(
                name: "toy", command: command, baseFolder: fixture.folder, outputs: Self.outputs)
            #expect(try await verdicts(of: model) == [.stable, .unstable])
        }
    }

    @Test("the Fortran example runs", .enabled(if: Toolchain.has("gfortran")))
    func fortranExample_runs() async throws {
        try fixture.write(try example("fortran", startingWith: "program"), to: "toy.f90")
        #expect(await fixture.shell("gfortran -o toy toy.f90") == 0)
        let model = try CommandModel(name: "toy", command: ["./toy"], baseFolder: fixture.folder, outputs: Self.outputs)
        #expect(try await verdicts(of: model) == [.stable, .unstable])
    }

    @Test("the column model runs, and starts warm from its artifacts", .enabled(if: (try? ColumnModel()) != nil))
    func columnModel_startsWarm() async throws {
        let model = try ColumnModel()
        let input = ModelInput(hash: "", code: "", values: [NamedValue(name: "CO2", value: "4.0e-4")])
        let cold = try fixture.runDirectory()
        let first = try await model.run(input, limits: RunLimits(), parent: nil, directory: cold)
        #expect(first.verdict == .stable)
        #expect(first.artifacts.map { $0.lastComponent?.string } == ColumnModel.artifacts)
        let warm = try fixture.runDirectory()
        let second = try await model.run(input, limits: RunLimits(), parent: cold, directory: warm)
        #expect(second.verdict == .stable)
    }
}
