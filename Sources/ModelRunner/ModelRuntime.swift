internal import FoundationEssentials
package import SystemPackage

/// Runs the commands of a model: as processes of this machine, or in containers.
package protocol ModelRuntime: Sendable {
    /// Runs a command within limits.
    ///
    /// Cancelling the task ends the command: with SIGTERM, and after ``RunLimits/grace`` with SIGKILL.
    ///
    /// - Returns: its end. No process of it is left, even if the task was cancelled.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` if it has no place to run, of kind
    ///   ``ModelFailure/Kind/lost`` if that place ended while the command ran.
    func run(_ command: ModelCommand, limits: RunLimits) async throws(ModelFailure) -> RunEnd
}

/// A command and the folder to run it in.
package struct ModelCommand: Sendable, Hashable {
    /// The executable and its arguments.
    package var words: [String]

    /// The variables of its environment; in a container, those to set in addition to the image's.
    package var environment: [String: String]

    /// The working directory: a run directory, as an absolute path on this machine.
    package var directory: FilePath

    /// The existing file in the working directory that standard output and standard error are appended to.
    package var log: String

    /// Describes a command.
    package init(
        words: [String], environment: [String: String], directory: FilePath, log: String = RunDirectory.logFile
    ) {
        self.words = words
        self.environment = environment
        self.directory = directory
        self.log = log
    }
}

/// One evaluation of a point by a command that follows the run-directory contract, in any runtime.
struct Evaluation {
    /// Runs the command.
    let runtime: any ModelRuntime
    /// The outputs that the result must contain.
    let outputs: [OutputDefinition]
    /// Names of files of the run directory to keep.
    let artifacts: [String]

    /// Prepares the run directory, runs the command in it, and reads the result; see ``Model``.
    func run(
        _ words: [String], environment: [String: String], _ input: ModelInput, limits: RunLimits, parent: FilePath?,
        directory: FilePath
    ) async throws -> ModelResult {
        try Task.checkCancellation()
        let folder = RunDirectory(FilePath(FileManager.default.currentDirectoryPath).pushing(directory))
        try folder.prepare(input, limits: limits, parent: parent)
        let command = ModelCommand(words: words, environment: environment, directory: folder.path)
        let log = try folder.createLog()
        defer { try? log.close() }
        let end = try await runtime.run(command, limits: limits)
        try Task.checkCancellation()

        let tail = LogTail(of: log)
        let size = FolderSize.ofRun(in: folder.path)
        if let failure = end.failure(of: command, limits: limits, log: tail, size: size) { throw failure }
        do {
            return try folder.result(
                outputs: outputs, artifacts: artifacts, peakMemoryBytes: end.peakMemoryBytes, logTail: tail.text)
        } catch {
            if error.kind == .resultMissing, let failure = end.failureWithoutResult(limits: limits, log: tail) {
                throw failure
            }
            throw ModelFailure(
                kind: error.kind, message: error.message, logTail: tail.text, peakMemoryBytes: end.peakMemoryBytes)
        }
    }
}
