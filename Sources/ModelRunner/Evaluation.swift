internal import FoundationEssentials
internal import SystemPackage

/// One evaluation of a point by a command that keeps the run-directory contract, in whatever runtime.
struct Evaluation {
    /// Where the command runs.
    let runtime: any ModelRuntime
    /// The outputs that the result must have.
    let outputs: [OutputDefinition]
    /// Names of files of the run directory to keep.
    let artifacts: [String]

    /// Prepares the run directory, runs the command in it, and reads what it left; see ``Model``.
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
