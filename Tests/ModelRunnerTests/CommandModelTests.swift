import Glibc
import SystemPackage
import Testing

@testable import ModelRunner

/// The search for a command, and its checks before anything runs.
@Suite("A model that is a command")
struct CommandModelTests {
    let fixture: ModelFixture

    init() throws {
        fixture = try ModelFixture()
    }

    private func refusal(
        _ command: [String], artifacts: [String] = [], environment: [String: String] = [:]
    ) -> ModelFailure? {
        #expect(throws: ModelFailure.self) {
            try CommandModel(
                name: "toy", command: command, baseFolder: fixture.folder, outputs: [], artifacts: artifacts,
                environment: environment)
        }
    }

    @Test("a path is relative to the base folder, a name is looked up in PATH")
    func executable_isPathOrName() throws {
        try fixture.write("#!/bin/sh\n", to: "toy.sh", mode: 0o755)
        let own = try CommandModel(
            name: "toy", command: ["./toy.sh", "{folder}/data", "-v"], baseFolder: fixture.folder, outputs: [])
        let data = fixture.folder.appending("data").string
        #expect(own.command == [fixture.folder.appending("toy.sh").string, data, "-v"])
        let named = try CommandModel(name: "toy", command: ["sh"], outputs: [])
        #expect(named.command[0].hasSuffix("/sh"))
    }

    @Test("the error of a missing executable contains the searched places")
    func missingExecutable_namesPlaces() throws {
        let path = refusal(["./none"])
        #expect(path?.kind == .notFound)
        #expect(
            path?.message
                == "executable of model 'toy' not found: \(fixture.folder.appending("none")) does not exist"
        )
        let name = refusal(["no-such-program"], environment: ["PATH": "/bin:/usr/bin:relative"])
        #expect(
            name?.message
                == "executable of model 'toy' not found: no folder of PATH contains 'no-such-program': /bin, /usr/bin"
        )
    }

    @Test("a file that is not executable and a folder are refused")
    func unusableExecutable_isRefused() throws {
        try fixture.write("data", to: "toy.sh")
        #expect(refusal(["./toy.sh"])?.kind == .spawn)
        #expect(refusal(["./toy.sh"])?.message.contains("is not executable") == true)
        #expect(refusal(["./."])?.message.contains("is not a regular file") == true)
        #expect(refusal([])?.message.contains("has no command") == true)
    }

    @Test(
        "invalid names of files to keep are refused",
        arguments: ["", "..", "../x", "a/b", ".hidden", "-rf", "a b", "ä"])
    func invalidArtifactName_isRefused(name: String) {
        #expect(refusal(["sh"], artifacts: [name])?.kind == .spawn)
    }

    @Test("a duplicate file to keep is refused")
    func duplicateArtifact_isRefused() {
        #expect(refusal(["sh"], artifacts: ["a", "b", "a"])?.message.contains("duplicate name 'a'") == true)
    }

    @Test("invalid variables are refused", arguments: [("A=B", "x"), ("", "x"), ("1A", "x"), ("A", "\0")])
    func invalidVariable_isRefused(name: String, value: String) {
        #expect(refusal(["sh"], environment: [name: value])?.message.contains("invalid variable '\(name)'") == true)
    }

    @Test("the version is the SHA-256 of the executable, or of the executable and its script")
    func version_isDigestOfFiles() throws {
        try fixture.write("#!/bin/sh\n", to: "a.sh", mode: 0o755)
        let one = try CommandModel(name: "toy", command: ["./a.sh"], baseFolder: fixture.folder, outputs: [])
        #expect(one.version == "a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf")
        let script = {
            try CommandModel(name: "toy", command: ["sh", "{folder}/a.sh"], baseFolder: fixture.folder, outputs: [])
                .version
        }
        let before = try script()
        try fixture.write("#!/bin/sh\n# another\n", to: "a.sh", mode: 0o755)
        #expect(try script() != before)
        #expect(try CommandModel(name: "toy", command: ["sh"], outputs: [], version: "1.2").version == "1.2")
    }

    @Test("a model does not inherit this system's secrets, and gets its configured variables")
    func environment_hasNoSecrets() throws {
        setenv("ATMOS_MARIADB_URL", "mariadb://secret", 0)
        let variables = try ModelEnvironment.variables(adding: ["LEVELS": "30"], forModel: "toy")
        #expect(!variables.keys.contains { $0.hasPrefix("ATMOS_") })
        #expect(variables["LEVELS"] == "30")
        #expect(variables["PATH"] != nil)
    }

    @Test("the column model is searched in the program's folder and in the build folders above")
    func columnModel_hasCandidates() {
        let places = ColumnModel.program.candidates(forExecutable: "/repo/.build/debug/atmos").map(\.string)
        #expect(places.first == "/repo/.build/debug/column-model")
        #expect(places.contains("/repo/.build/column-model/column-model"))
    }
}
