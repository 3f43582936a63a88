internal import FoundationEssentials
package import Logging
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
