import Glibc
import SystemPackage
import Testing

@testable import ModelRunner

/// How a command is found, and what is refused before anything runs.
@Suite struct CommandModelTests {
    let bench: ModelFixture

    init() throws {
        bench = try ModelFixture()
    }

    private func refusal(
        _ command: [String], artifacts: [String] = [], environment: [String: String] = [:]
    ) -> ModelFailure? {
        #expect(throws: ModelFailure.self) {
            try CommandModel(
                name: "toy", command: command, baseFolder: bench.folder, outputs: [], artifacts: artifacts,
                environment: environment)
        }
    }

    @Test("a path is relative to the base folder, a name is looked up in PATH")
    func places() throws {
        try bench.write("#!/bin/sh\n", to: "toy.sh", mode: 0o755)
        let own = try CommandModel(
            name: "toy", command: ["./toy.sh", "{folder}/data", "-v"], baseFolder: bench.folder, outputs: [])
        let data = bench.folder.appending("data").string
        #expect(own.command == [bench.folder.appending("toy.sh").string, data, "-v"])
        let named = try CommandModel(name: "toy", command: ["sh"], outputs: [])
        #expect(named.command[0].hasSuffix("/sh"))
    }

    @Test("a missing executable is told with where it was looked for")
    func missing() throws {
        let path = refusal(["./none"])
        #expect(path?.kind == .notFound)
        #expect(
            path?.message
                == "The executable of model 'toy' was not found: there is nothing at \(bench.folder.appending("none"))."
        )
        let name = refusal(["no-such-program"], environment: ["PATH": "/bin:/usr/bin:relative"])
        #expect(
            name?.message
                == "The executable of model 'toy' was not found: 'no-such-program' is in none of the folders of PATH: /bin, /usr/bin."
        )
    }

    @Test("a file that is not executable, and a folder, are told so")
    func unusable() throws {
        try bench.write("data", to: "toy.sh")
        #expect(refusal(["./toy.sh"])?.kind == .spawn)
        #expect(refusal(["./toy.sh"])?.message.contains("is not executable") == true)
        #expect(refusal(["./."])?.message.contains("is not a regular file") == true)
        #expect(refusal([])?.message.contains("has no command") == true)
    }

    @Test(
        "names of files to keep that are not plain are refused",
        arguments: ["", "..", "../x", "a/b", ".hidden", "-rf", "a b", "ä"])
    func artifactNames(name: String) {
        #expect(refusal(["sh"], artifacts: [name])?.kind == .spawn)
    }

    @Test("a file to keep is listed once")
    func artifactTwice() {
        #expect(refusal(["sh"], artifacts: ["a", "b", "a"])?.message.contains("twice") == true)
    }

    @Test("variables that cannot be set are refused", arguments: [("A=B", "x"), ("", "x"), ("1A", "x"), ("A", "\0")])
    func variables(name: String, value: String) {
        #expect(refusal(["sh"], environment: [name: value])?.message.contains("cannot be set") == true)
    }

    @Test("the version is the executable's SHA-256, or takes its script in")
    func version() throws {
        try bench.write("#!/bin/sh\n", to: "a.sh", mode: 0o755)
        let one = try CommandModel(name: "toy", command: ["./a.sh"], baseFolder: bench.folder, outputs: [])
        #expect(one.version == "a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf")
        let script = {
            try CommandModel(name: "toy", command: ["sh", "{folder}/a.sh"], baseFolder: bench.folder, outputs: [])
                .version
        }
        let before = try script()
        try bench.write("#!/bin/sh\n# another\n", to: "a.sh", mode: 0o755)
        #expect(try script() != before)
        #expect(try CommandModel(name: "toy", command: ["sh"], outputs: [], version: "1.2").version == "1.2")
    }

    @Test("a model does not inherit this system's secrets, and gets what it is given")
    func environment() throws {
        setenv("ATMOS_MARIADB_URL", "mariadb://secret", 0)
        let variables = try ModelEnvironment.variables(adding: ["LEVELS": "30"], forModel: "toy")
        #expect(!variables.keys.contains { $0.hasPrefix("ATMOS_") })
        #expect(variables["LEVELS"] == "30")
        #expect(variables["PATH"] != nil)
    }

    @Test("the column model is looked for beside the program and in the build folders above it")
    func columnPlaces() {
        let places = ColumnModel.program.candidates(forExecutable: "/repo/.build/debug/atmos").map(\.string)
        #expect(places.first == "/repo/.build/debug/column-model")
        #expect(places.contains("/repo/.build/column-model/column-model"))
    }
}
