import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("Atmos, from its repository to a map", .timeLimit(.minutes(10)))
struct AtmosGuideTests {
    /// The commands of the guide after the build, which needs the network.
    private static func commands() throws -> [String] {
        let guide = try String(
            contentsOf: Executables.project.appending(path: "config/examples/atmos/README.md"), encoding: .utf8)
        let blocks = guide.matches(of: /```sh\n((?s).*?)```/).map { String($0.1) }
        return blocks.dropFirst().flatMap { $0.split(separator: "\n").map(String.init) }
    }

    @Test("every command of the guide works on a package as a fresh build leaves it")
    func guide_works() async throws {
        let home = try TemporaryFolder()
        _ = try FreshAtmosPackage(at: home.path.appending("atmos"))
        try FileManager.default.createSymbolicLink(
            atPath: home.path.appending("config").string,
            withDestinationPath: Executables.project.appending(path: "config").path)
        let commands = try Self.commands()
        #expect(commands.count >= 9)
        // One shell runs them all. The scripts build and then run these executables.
        let program = Executables.folder.appending("atmos").string
        let script = commands.map { command in
            command.replacing("scripts/explore", with: "\(program) explore").replacing("scripts/atmos", with: program)
        }
        try home.write("set -eux\n" + script.joined(separator: "\n") + "\n", to: "guide.sh")
        let result = try await Shell.run(home.path.appending("guide.sh"), home: home.path)
        #expect(result.status == 0, "\(result)")
        for text in ["Ready. Next: atmos explore", "ok   photochemistry", "the limit is reached"] {
            #expect(result.output.contains(text), "\(text): \(result)")
        }
        #expect(try home.text("atmos/climate-runs").split(separator: "\n").count >= 13)
    }

    @Test(
        "a species that is short-lived or not there, and an axis that reaches 0, are refused with their lines before a start"
    )
    func impossibleSpecies_areRefused() async throws {
        let home = try TemporaryFolder()
        let package = try FreshAtmosPackage(at: home.path.appending("atmos"))
        let known = try String(
            contentsOf: Executables.project.appending(path: "config/explorations/atmos-earth.yaml"), encoding: .utf8)
        let text = known.replacing("name: CH4", with: "name: CH5").replacing("name: H2\n", with: "name: O1D\n")
            .replacing("axis: {step: 0.01}\n  - name: H2", with: "axis: {step: 0.01, minimum: 0}\n  - name: H2")
            .replacing("axes: [CO2, CH4]", with: "axes: [CO2, O2]")
            .replacing("axis: {step: 0.01}\n  - name: O1D", with: "axis: {step: 0.01, minimum: 0}\n  - name: O1D")
        try home.write(text, to: "wrong.yaml")
        func line(_ text: String) throws -> Int {
            try 1 + #require(
                try home.text("wrong.yaml").split(separator: "\n", omittingEmptySubsequences: false)
                    .firstIndex { $0.contains(text) })
        }
        let environment = ["ATMOS_PACKAGE": package.folder.string, "HOME": home.path.string]
        for arguments in [["explore", "wrong.yaml"], ["model", "check", "--exploration", "wrong.yaml"]] {
            let result = try await Executables.run("atmos", arguments, environment: environment, in: home.path)
            #expect(result.status == 78, "\(result)")
            let all = result.output + result.errors
            for (name, words) in [
                ("CH5", "unknown species 'CH5' in Atmos's species.dat"), ("O1D", "O1D is of kind SL"),
                (
                    "CO2",
                    "invalid mixing ratio '0' of CO2: expected a number above 0; its axis reaches 0: set its 'minimum'"
                ),
            ] {
                #expect(all.contains("wrong.yaml:\(try line("name: \(name)")):"), "\(name): \(result)")
                #expect(all.contains(words), "\(words): \(result)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: home.path.appending(".atmos").string))
    }

    @Test("a check of an incomplete package says what is missing and how to get it, and ends with 78")
    func check_saysWhatIsMissing() async throws {
        let home = try TemporaryFolder()
        let package = try FreshAtmosPackage(at: home.path.appending("atmos"))
        let definition = Executables.project.appending(path: "config/explorations/atmos-earth.yaml").path
        func check() async throws -> ProcessResult {
            try await Executables.run(
                "atmos", ["model", "check", package.folder.string, "--exploration", definition], in: home.path)
        }
        try FileManager.default.removeItem(atPath: package.folder.appending("Clima.run").string)
        try FileManager.default.removeItem(
            atPath: package.folder.pushing("PHOTOCHEM/INPUTFILES/params.dat").string)
        let result = try await check()
        #expect(result.status == 78, "\(result)")
        for text in [
            "build it with 'make -f ClimaMake'", "lacks PHOTOCHEM/INPUTFILES/params.dat", "ok   template",
            "it has Mars, ModernEarthSimple", "CLIMA/IO/TempIn.dat is empty, as in a fresh build",
        ] {
            #expect(result.output.contains(text), "\(text): \(result)")
        }
        let nowhere = try await Executables.run(
            "atmos", ["model", "check", "nowhere", "--exploration", definition], in: home.path)
        #expect(nowhere.status == 78)
        #expect(nowhere.output.contains("there is no Atmos package in \(home.path)/nowhere"), "\(nowhere)")
    }
}

/// Runs a script of a user.
enum Shell {
    /// Runs `script` in its folder, with `home` as the home folder.
    static func run(_ script: FilePath, home: FilePath) async throws -> ProcessResult {
        try await Executables.run(
            program: "/bin/bash", [script.string],
            environment: ["HOME": home.string, "ATMOS_MARIADB_URL": "", "ATMOS_REDIS_URL": ""],
            in: script.removingLastComponent())
    }
}
