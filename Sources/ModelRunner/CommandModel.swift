internal import FoundationEssentials
package import Logging
internal import Support
package import SystemPackage

/// A model that is a program: any executable that keeps the run-directory contract.
package struct CommandModel: Model {
    /// The name that the ledger records.
    package let name: String

    /// The version given, or the SHA-256 of the executable and of the files among its arguments.
    package let version: String

    /// The outputs that each result must have.
    package let outputs: [OutputDefinition]

    /// The executable's absolute path and its arguments.
    package let command: [String]

    /// Names of files of the run directory to keep.
    package let artifacts: [String]

    private let environment: [String: String]
    private let runtime: any ModelRuntime

    /// Finds a program, to be run as a process of this machine.
    ///
    /// - Parameters:
    ///   - name: the model's name.
    ///   - command: the program and its arguments. A program without a slash is looked up in `PATH`; another one is a
    ///     path, relative to `baseFolder`. In arguments `{folder}` stands for `baseFolder`, because the working directory
    ///     of a run is its run directory.
    ///   - baseFolder: where the command is relative to, as a rule the folder of the exploration's file.
    ///   - outputs: the outputs that each result must have.
    ///   - artifacts: names of files of the run directory to keep.
    ///   - environment: variables to set for the model. It also gets this process's own, but for those that may hold
    ///     secrets: see ``ModelEnvironment``.
    ///   - version: what tells this build of the model from others; by default a SHA-256, see ``version``.
    ///   - logger: told of processes that could not be ended.
    /// - Throws: ``ModelFailure``: kind ``ModelFailure/Kind/notFound`` when the program is missing;
    ///   ``ModelFailure/Kind/spawn`` when the program cannot be executed or a name is not one.
    package init(
        name: String, command: [String], baseFolder: FilePath = FilePath("."), outputs: [OutputDefinition],
        artifacts: [String] = [], environment: [String: String] = [:], version: String? = nil,
        logger: Logger = Logger(label: "atmos.model")
    ) throws(ModelFailure) {
        guard let program = command.first, !program.isEmpty else {
            throw ModelFailure(kind: .spawn, message: "Model '\(name)' has no command: give at least its executable.")
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
        // An interpreter's argument is as much the model as the interpreter.
        let scripts = arguments.map { FilePath($0) }.filter { path in
            path.isAbsolute && [.executable, .notExecutable].contains(ExecutableSearch.state(of: path))
        }
        do {
            return try ModelFingerprint.of([executable] + scripts)
        } catch {
            throw ModelFailure(kind: .spawn, message: "The files of model '\(model)' could not be read: \(error).")
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

/// The environment that models run in.
enum ModelEnvironment {
    /// What the names of variables begin with that a model never inherits, because they hold this system's own secrets.
    static let withheldPrefixes = ["ATMOS_", "AWS_", "GOOGLE_APPLICATION_", "MYSQL_", "MARIADB_", "REDIS_"]

    /// This process's environment without what is withheld, and with `own` set.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` for what cannot be the name or the value of a
    ///   variable.
    static func variables(
        adding own: [String: String], forModel model: String
    ) throws(ModelFailure) -> [String: String] {
        try check(own, ofModel: model)
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            isName(name) && !withheldPrefixes.contains { name.hasPrefix($0) }
        }
        return inherited.merging(own) { $1 }
    }

    /// Refuses what cannot be the name or the value of a variable.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn``.
    static func check(_ own: [String: String], ofModel model: String) throws(ModelFailure) {
        for (name, value) in own.sorted(by: { $0.key < $1.key })
        where !isName(name) || value.contains("\0") {
            throw ModelFailure(
                kind: .spawn, message: "The environment of model '\(model)' sets \(name), which cannot be set.")
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first < UInt8(ascii: "0") || first > UInt8(ascii: "9") else { return false }
        return !text.utf8.contains { $0 == UInt8(ascii: "=") || $0 == 0 }
    }
}

/// Tells one build of a model from another.
enum ModelFingerprint {
    /// The SHA-256, in hexadecimal, of the files that a command consists of: of the file itself where it is one, else of
    /// the list of their digests.
    static func of(_ files: [FilePath]) throws -> String {
        let digests = try files.map { Hexadecimal.encode(try digest(of: $0)) }
        if digests.count == 1 { return digests[0] }
        return Hexadecimal.encode(SHA256.hash(digests.map { $0 + "\n" }.joined().utf8))
    }

    private static func digest(of file: FilePath) throws -> [UInt8] {
        let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
        defer { try? descriptor.close() }
        let digest = SHA256()
        try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while case let count = try descriptor.read(into: buffer), count > 0 {
                digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        return digest.finalize()
    }
}
