import Dispatch
import FoundationEssentials
import Glibc
import ModelRunner
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile

/// The example in `config/examples`.
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
}
