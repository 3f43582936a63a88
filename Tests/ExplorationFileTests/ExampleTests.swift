import Dispatch
import FoundationEssentials
import Glibc
import ModelRunner
import ParameterSpace
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile

/// A copy of an example of `config/examples`, and its runs.
private struct Example {
    let folder = try! TemporaryFolder()
    let definition: ExplorationDefinition

    private static let root = FilePath(#filePath).removingLastComponent().pushing("../..").lexicallyNormalized()
    /// The small packages that have the names of packages which PyPI does not have.
    static let packages = root.pushing("Tests/Packages")

    /// - Parameters:
    ///   - python: the program for `python3`.
    ///   - variables: further environment variables of the model.
    init(_ name: String, files: [String], python: String = "python3", variables: [String: String] = [:]) throws {
        let source = Self.root.pushing("config/examples").appending(name)
        for file in files {
            try FileManager.default.copyItem(
                atPath: source.appending(file).string, toPath: folder.path.appending(file).string)
        }
        let own = variables.map { "\($0.key): \"\($0.value)\", " }.joined()
        let text = try String(contentsOfFile: source.appending("exploration.yaml").string, encoding: .utf8)
            .replacing("command: [python3,", with: "command: [\"\(python)\",")
            .replacing("environment: {", with: "environment: {\(own)PYTHONDONTWRITEBYTECODE: \"1\", ")
        definition = try DefinitionReader.read(file: folder.write(text, to: "exploration.yaml").string)
    }

    /// Runs the model at a point, in the folder that is returned.
    ///
    /// - Parameter parent: the folder of the run that this one starts from.
    func run(_ values: [(name: String, value: String)], from parent: FilePath? = nil) async throws -> (
        result: ModelResult, log: String, folder: FilePath
    ) {
        let code = values.map(\.value).joined(separator: ",")
        let directory = folder.path.appending("run-\(code)-\(parent == nil ? "cold" : "warm")")
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: false)
        let model = try await definition.model.makeModel(in: definition, environment: [:])
        let result = try await model.run(
            ModelInput(
                hash: String(repeating: "0", count: 64), code: code,
                values: values.map { NamedValue(name: $0.name, value: $0.value) }),
            limits: definition.policy.limits, parent: parent, directory: directory)
        return (result, try String(contentsOfFile: directory.appending("model.log").string, encoding: .utf8), directory)
    }
}

/// The examples in `config/examples`.
@Suite("The examples", .timeLimit(.minutes(5)))
struct ExampleTests {
    /// Runs a command on a separate thread, since a compiler takes long.
    private static func shell(_ command: String) async -> CInt {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "shell").async { continuation.resume(returning: system(command)) }
        }
    }

    @Test("with a Fortran program that is not written for explorations can be built, read and run")
    func daisyworld_runsAsModel() async throws {
        let example = try Example("daisyworld", files: ["daisyworld.f90", "explore.py", "Makefile"])
        #expect(await Self.shell("make -s -C '\(example.folder.path)'") == 0)
        var temperatures: [Double] = []
        for (luminosity, verdict) in [
            ("0.8", Verdict.stable), ("1.2", .stable), ("0.5", .unstable), ("1.9", .unstable),
        ] {
            let run = try await example.run([("luminosity", luminosity), ("death_rate", "0.3")])
            #expect(run.result.verdict == verdict, "\(luminosity): \(run.result.message)")
            #expect(Set(run.result.outputs.keys) == ["temperature", "white", "black"])
            temperatures.append(run.result.outputs["temperature"] ?? .nan)
        }
        // The daisies regulate: with half as much sun again, it is hardly warmer.
        #expect(abs(temperatures[1] - temperatures[0]) < 10)
    }

    @Test(
        "with exo_k gives the same climate from a warm and from a cold start",
        .enabled(if: Self.has("exo_k"), "exo_k is not in .build/python; scripts/test installs it"))
    func exoK_runsAsModel() async throws {
        let example = try Example("exo_k", files: ["explore.py"], python: PythonServer.python.string)
        func run(_ insolation: String, _ co2: String, from parent: FilePath? = nil) async throws -> (
            result: ModelResult, log: String, folder: FilePath
        ) {
            try await example.run([("insolation", insolation), ("CO2", co2)], from: parent)
        }
        let earth = try await run("1", "0.0004")
        #expect(earth.result.verdict == .stable, "\(earth.result.message)")
        let cold = try await run("1", "0.0013")
        let warm = try await run("1", "0.0013", from: earth.folder)
        #expect(cold.log.contains("cold start") && warm.log.contains("warm start"), "\(warm.log)")
        func temperature(_ result: ModelResult) throws -> Double {
            try #require(result.outputs["surface_temperature"])
        }
        #expect(try temperature(cold.result) > temperature(earth.result) + 1)
        #expect(try abs(temperature(warm.result) - temperature(cold.result)) < 0.05)
        #expect(try await run("0.5", "0.0004").result.verdict == .unstable)
    }

    @Test("with Photochem starts from the atmosphere of another point", .enabled(if: Self.has("numpy"), Self.noPython))
    func photochem_runsAsModel() async throws {
        let inputs = try TemporaryFolder()
        try inputs.write("atmosphere-grid:\n  number-of-layers: 3\n", to: "settings.yaml")
        try inputs.write(
            "# km, bar, K, cm2/s\n0 1 290 1e5\n11 0.2 220 1e4\n90 1e-6 190 1e6\n", to: "modern_earth_profile.txt")
        let example = try Example(
            "photochem", files: ["explore.py"], python: PythonServer.python.string,
            variables: ["PYTHONPATH": Example.packages.string, "PHOTOCHEM_CASE": inputs.path.string])
        let earth = try await example.run([("CO2", "0.0004"), ("methane_flux", "11")])
        #expect(earth.result.verdict == .stable && earth.log.contains("cold start"), "\(earth)")
        let warm = try await example.run([("CO2", "0.0004"), ("methane_flux", "11.1")], from: earth.folder)
        #expect(warm.result.verdict == .stable && warm.log.contains("warm start"), "\(warm)")
        #expect(try #require(warm.result.iterations) < #require(earth.result.iterations))
        #expect(Set(warm.result.outputs.keys) == ["methane", "carbon_monoxide", "ozone_column"])
        let runaway = try await example.run([("CO2", "0.0004"), ("methane_flux", "12")])
        #expect(runaway.result.verdict == .unstable, "\(runaway)")

        let without = try Example(
            "photochem", files: ["explore.py"], python: PythonServer.python.string,
            variables: ["PYTHONPATH": Example.packages.string, "PHOTOCHEM_CASE": "/nowhere"])
        await #expect {
            try await without.run([("CO2", "0.0004"), ("methane_flux", "11")])
        } throws: { error in
            "\(error)".contains("/nowhere/settings.yaml does not exist: set PHOTOCHEM_CASE")
        }
    }

    @Test("with Clima starts from the climate of another point", .enabled(if: Self.has("numpy"), Self.noPython))
    func clima_runsAsModel() async throws {
        let example = try Example(
            "clima", files: ["explore.py"], python: PythonServer.python.string,
            variables: ["PYTHONPATH": Example.packages.string])
        let earth = try await example.run([("insolation", "1"), ("CO2", "0.0004")])
        #expect(earth.result.verdict == .stable && earth.log.contains("cold start"), "\(earth)")
        let warm = try await example.run([("insolation", "1.02"), ("CO2", "0.0004")], from: earth.folder)
        #expect(warm.result.verdict == .stable && warm.log.contains("warm start"), "\(warm)")
        #expect(Set(warm.result.outputs.keys) == ["surface_temperature", "surface_pressure"])
        for parent in [nil, earth.folder] {
            let runaway = try await example.run([("insolation", "1.2"), ("CO2", "0.0004")], from: parent)
            #expect(runaway.result.verdict == .unstable && runaway.result.outputs.isEmpty, "\(runaway)")
        }
    }

    @Test("whose package is not installed say so, and how to install it", arguments: ["exo_k", "photochem", "clima"])
    func missingPackage_isNamed(_ name: String) async throws {
        // Without the packages of this machine.
        let example = try Example(
            name, files: ["explore.py"], python: "python3", variables: ["PYTHONPATH": "", "PYTHONNOUSERSITE": "1"])
        try example.folder.write("raise ImportError(\"No module named 'numpy'\")\n", to: "numpy.py")
        let values = example.definition.space.parameters.map { (name: $0.name, value: "\($0.start)") }
        await #expect {
            try await example.run(values)
        } throws: { error in
            "\(error)".contains("No module named 'numpy'")
                && "\(error)".contains("as config/examples/\(name)/README.md says")
        }
    }

    private static let noPython: Comment = "no numpy in .build/python; scripts/test installs it"

    /// Whether the tests' Python has a package.
    private static func has(_ package: String) -> Bool {
        let folder = PythonServer.python.removingLastComponent().removingLastComponent().appending("lib")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        return versions.contains {
            FileManager.default.fileExists(
                atPath: folder.appending($0).appending("site-packages").appending(package).string)
        }
    }
}
