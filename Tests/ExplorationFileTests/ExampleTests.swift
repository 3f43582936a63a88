import Dispatch
import FoundationEssentials
import Glibc
import ModelRunner
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile

/// The examples in `config/examples`.
@Suite("The example")
struct ExampleTests {
    private static let root = FilePath(#filePath).removingLastComponent().pushing("../..").lexicallyNormalized()
    private static let files = ["daisyworld.f90", "explore.py", "exploration.yaml", "Makefile"]

    /// Runs a command on a separate thread, since a compiler takes long.
    private static func shell(_ command: String) async -> CInt {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "shell").async { continuation.resume(returning: system(command)) }
        }
    }

    @Test("with a Fortran program that is not written for explorations can be built, read and run")
    func daisyworld_runsAsModel() async throws {
        let folder = try TemporaryFolder()
        for file in Self.files {
            try FileManager.default.copyItem(
                atPath: Self.root.pushing("config/examples/daisyworld").appending(file).string,
                toPath: folder.path.appending(file).string)
        }
        #expect(await Self.shell("make -s -C '\(folder.path)'") == 0)
        let definition = try DefinitionReader.read(file: folder.path.appending("exploration.yaml").string)
        let model = try await definition.model.makeModel(in: definition, environment: [:])
        var temperatures: [Double] = []
        for (luminosity, verdict) in [
            ("0.8", Verdict.stable), ("1.2", .stable), ("0.5", .unstable), ("1.9", .unstable),
        ] {
            let input = ModelInput(
                hash: String(repeating: "0", count: 64), code: "\(luminosity),0.3",
                values: [
                    NamedValue(name: "luminosity", value: luminosity), NamedValue(name: "death_rate", value: "0.3"),
                ])
            let directory = folder.path.appending("run-\(luminosity)")
            try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: false)
            let result = try await model.run(
                input, limits: definition.policy.limits, parent: nil, directory: directory)
            #expect(result.verdict == verdict, "\(luminosity): \(result.message)")
            #expect(Set(result.outputs.keys) == ["temperature", "white", "black"])
            temperatures.append(result.outputs["temperature"] ?? .nan)
        }
        // The daisies regulate: with half as much sun again, it is hardly warmer.
        #expect(abs(temperatures[1] - temperatures[0]) < 10)
        withExtendedLifetime(folder) {}
    }

    /// A copy of an example's folder whose command is run by this Python, and a model made of it.
    private static func pythonModel(
        _ example: String, python: String, in folder: TemporaryFolder
    ) async throws -> (ExplorationDefinition, any Model) {
        let copy = folder.path.appending(example)
        try FileManager.default.copyItem(
            atPath: root.pushing(FilePath("config/examples/\(example)")).string, toPath: copy.string)
        let definition = try DefinitionReader.read(file: copy.appending("exploration.yaml").string)
        guard case .command(let words) = definition.model.adapter else { throw Errno.invalidArgument }
        #expect(words[0] == "python3")
        let model = try CommandModel(
            name: example, command: [python] + words.dropFirst(), baseFolder: copy, outputs: definition.model.outputs,
            artifacts: definition.model.artifacts)
        return (definition, model)
    }

    @Test(
        "with a column of exo_k runs cold and warm, and is warmer with more CO2",
        .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
    func exoK_runsAsModel() async throws {
        let folder = try TemporaryFolder()
        let (definition, model) = try await Self.pythonModel("exo_k", python: PythonServer.python.string, in: folder)
        func run(_ co2: String, _ insolation: String, parent: FilePath?) async throws -> (ModelResult, FilePath) {
            let input = ModelInput(
                hash: String(repeating: "0", count: 64), code: "\(co2),\(insolation)",
                values: [NamedValue(name: "CO2", value: co2), NamedValue(name: "insolation", value: insolation)])
            let directory = folder.path.appending("run-\(co2)-\(insolation)")
            try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: false)
            let result = try await model.run(
                input, limits: definition.policy.limits, parent: parent, directory: directory)
            return (result, directory)
        }
        let (first, directory) = try await run("4e-4", "340", parent: nil)
        #expect(first.verdict == .stable)
        #expect(first.message.hasSuffix("cold start"))
        let kept = folder.path.appending("kept")
        try FileManager.default.createDirectory(atPath: kept.string, withIntermediateDirectories: false)
        try FileManager.default.copyItem(
            atPath: directory.appending("temperature.npy").string, toPath: kept.appending("temperature.npy").string)
        let (more, _) = try await run("4e-2", "340", parent: kept)
        #expect(more.message.hasSuffix("warm start"))
        let temperatures = [first, more].compactMap { $0.outputs["surface_temperature"] }
        #expect(temperatures[1] > temperatures[0] + 5, "\(temperatures)")
        let (cold, _) = try await run("4e-4", "220", parent: kept)
        #expect(cold.verdict == .unstable, "\(cold.message)")
        withExtendedLifetime(folder) {}
    }

    @Test(
        "whose Python package is not installed fails with the command that installs it",
        arguments: ["exo_k", "photochem"])
    func missingPackage_isNamed(_ example: String) async throws {
        let folder = try TemporaryFolder()
        // The isolated mode and no site-packages: no package that this machine has is found.
        let python = try folder.write("#!/bin/sh\nexec python3 -I -S \"$@\"\n", to: "python")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.string)
        let (definition, model) = try await Self.pythonModel(example, python: python.string, in: folder)
        let start = definition.startInput
        let directory = folder.path.appending("run")
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: false)
        let failure = await #expect(throws: ModelFailure.self) {
            try await model.run(start, limits: definition.policy.limits, parent: nil, directory: directory)
        }
        let package = example == "exo_k" ? "'pip install exo_k'" : "'conda install -c conda-forge photochem'"
        #expect(
            failure?.message.contains("No module named '\(example)': install ") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains(package) == true, "\(failure?.message ?? "")")
        withExtendedLifetime(folder) {}
    }
}
