internal import Subprocess
internal import SystemPackage

/// The engine's command line.
extension ContainerEngine {
    /// Runs a subcommand and returns what it printed. It is not cancelled with the task: a container that is half made
    /// would be left behind.
    ///
    /// - Parameters:
    ///   - arguments: the subcommand and its arguments.
    ///   - purpose: completes "could not …" for people.
    ///   - folder: where the engine's own processes are and may leave files; nil for where this process is.
    ///   - timeLimit: after which the engine counts as stuck.
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/runtime`` with the last line of what it complained about.
    @discardableResult
    func command(
        _ arguments: [String], purpose: String, in folder: FilePath? = nil, timeLimit: Duration = .seconds(120)
    ) async throws(ModelFailure) -> String {
        let words = options + arguments
        // A task of its own, so that nothing cancels it; it is awaited right here.
        let run = Task { try await execute(words, in: folder, timeLimit: timeLimit) }
        let (status, output, complaint): (TerminationStatus, String, String)
        do {
            (status, output, complaint) = try await run.value
        } catch {
            throw ModelFailure(
                kind: .runtime, message: "\(kind) could not \(purpose), nor say why within \(timeLimit): \(error).")
        }
        if status.isSuccess { return output }
        let lines = complaint.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        throw ModelFailure(
            kind: .runtime, message: "\(kind) could not \(purpose): \(lines.last ?? "it ended with \(status)")",
            logTail: complaint)
    }

    private func execute(
        _ words: [String], in folder: FilePath?, timeLimit: Duration
    ) async throws -> (TerminationStatus, String, String) {
        var options = PlatformOptions()
        // What a terminal sends to the worker is not for the engine.
        options.createSession = true
        return try await withThrowingTaskGroup(of: (TerminationStatus, String, String)?.self) { group in
            group.addTask { [options] in
                let result = try await Subprocess.run(
                    .path(executable), arguments: Arguments(words), workingDirectory: folder, platformOptions: options,
                    output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
                return (result.terminationStatus, result.standardOutput, result.standardError)
            }
            group.addTask {
                try await Task.sleep(for: timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else { throw CancellationError() }
            return result
        }
    }
}
