internal import FoundationEssentials
package import Logging
internal import Support
package import SystemPackage

/// A model that is a program: any executable that follows the run-directory contract.
package struct CommandModel: Model {
    /// The name that the ledger records.
    package let name: String

    /// The explicit version, or the SHA-256 of the executable and of the files among its arguments.
    package let version: String

    /// The outputs that each result must contain.
    package let outputs: [OutputDefinition]

    /// The executable's absolute path and its arguments.
    package let command: [String]

    /// Names of files of the run directory to keep.
    package let artifacts: [String]

    private let environment: [String: String]
    private let runtime: any ModelRuntime

    /// Finds a program that runs as a process of this machine.
    ///
    /// - Parameters:
    ///   - name: the model's name.
    ///   - command: the program and its arguments. A program without a slash is looked up in `PATH`; another one is a
    ///     path, relative to `baseFolder`. In arguments `{folder}` stands for `baseFolder`, because the working directory
    ///     of a run is its run directory.
    ///   - baseFolder: the folder that the command is relative to, usually the one of the exploration's file.
    ///   - outputs: the outputs that each result must contain.
    ///   - artifacts: names of files of the run directory to keep.
    ///   - environment: variables to set for the model, in addition to this process's variables without secrets; see
    ///     ``ModelEnvironment``.
    ///   - version: the build of the model; by default a SHA-256, see ``version``.
    ///   - logger: receives warnings about processes that could not be ended.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/notFound`` if the program is missing, or
    ///   ``ModelFailure/Kind/spawn`` if it cannot be executed or a name is invalid.
    package init(
        name: String, command: [String], baseFolder: FilePath = FilePath("."), outputs: [OutputDefinition],
        artifacts: [String] = [], environment: [String: String] = [:], version: String? = nil,
        logger: Logger = Logger(label: "atmos.model")
    ) throws(ModelFailure) {
        guard let program = command.first, !program.isEmpty else {
            throw ModelFailure(kind: .spawn, message: "model '\(name)' has no command; give at least its executable")
        }
        try ArtifactName.check(artifacts, ofModel: name)
        let folder = FilePath(FileManager.default.currentDirectoryPath).pushing(baseFolder).lexicallyNormalized()
        self.environment = try ModelEnvironment.variables(adding: environment, forModel: name)
        let executable = try ExecutableSearch.resolve(
            program, ofModel: name, baseFolder: folder, searchPath: self.environment["PATH"])
        let arguments = command.dropFirst().map { $0.replacing("{folder}", with: folder.string) }
        self.name = name
        self.command = [executable.string] + arguments
        self.outputs = outputs
        self.artifacts = artifacts
        runtime = ProcessRuntime(logger: logger)
        if let version {
            self.version = version
        } else {
            self.version = try Self.fingerprint(of: executable, arguments, model: name)
        }
    }

    private static func fingerprint(
        of executable: FilePath, _ arguments: [String], model: String
    ) throws(ModelFailure) -> String {
        // An interpreter's script is part of the model.
        let scripts = arguments.map { FilePath($0) }.filter { path in
            path.isAbsolute && [.executable, .notExecutable].contains(ExecutableSearch.state(of: path))
        }
        do {
            return try ModelFingerprint.of([executable] + scripts)
        } catch {
            throw ModelFailure(kind: .spawn, message: "cannot read the files of model '\(model)': \(error)")
        }
    }

    /// Runs the program in `directory`; see ``Model``.
    package func run(
        _ input: ModelInput, limits: RunLimits, parent: FilePath?, directory: FilePath
    ) async throws -> ModelResult {
        let evaluation = Evaluation(runtime: runtime, outputs: outputs, artifacts: artifacts)
        return try await evaluation.run(
            command, environment: environment, input, limits: limits, parent: parent, directory: directory)
    }
}

/// The environment of models.
enum ModelEnvironment {
    /// The prefixes of variables that a model never inherits, because they contain the secrets of this system.
    static let withheldPrefixes = ["ATMOS_", "AWS_", "GOOGLE_APPLICATION_", "MYSQL_", "MARIADB_", "REDIS_"]

    /// This process's environment without the withheld variables and with `own`.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` for an invalid name or value of a variable.
    static func variables(
        adding own: [String: String], forModel model: String
    ) throws(ModelFailure) -> [String: String] {
        try check(own, ofModel: model)
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            isName(name) && !withheldPrefixes.contains { name.hasPrefix($0) }
        }
        return inherited.merging(own) { $1 }
    }

    /// Refuses invalid names and values of variables.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn``.
    static func check(_ own: [String: String], ofModel model: String) throws(ModelFailure) {
        for (name, value) in own.sorted(by: { $0.key < $1.key })
        where !isName(name) || value.contains("\0") {
            throw ModelFailure(
                kind: .spawn, message: "invalid variable '\(name)' in the environment of model '\(model)'")
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first < UInt8(ascii: "0") || first > UInt8(ascii: "9") else { return false }
        return !text.utf8.contains { $0 == UInt8(ascii: "=") || $0 == 0 }
    }
}

/// Identifies the build of a model.
enum ModelFingerprint {
    /// The SHA-256, in hexadecimal, of a command's files: of the file itself if there is only one, else of the list of
    /// their digests.
    static func of(_ files: [FilePath]) throws -> String {
        let digests = try files.map { Hexadecimal.encode(try digest(of: $0)) }
        if digests.count == 1 { return digests[0] }
        return Hexadecimal.encode(SHA256.hash(digests.map { $0 + "\n" }.joined().utf8))
    }

    private static func digest(of file: FilePath) throws -> [UInt8] {
        let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
        defer { try? descriptor.close() }
        let digest = SHA256()
        try descriptor.forEachChunk { digest.update($0) }
        return digest.finalize()
    }
}
