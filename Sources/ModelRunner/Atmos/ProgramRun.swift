internal import SystemPackage

/// One run of one of the programs, in the folder that is prepared for it.
struct ProgramRun: Sendable {
    let program: AtmosProgram
    /// The executable.
    let executable: FilePath
    let runtime: any ModelRuntime
    let environment: [String: String]
    let limits: RunLimits
    let directory: RunDirectory

    /// How it ended.
    struct End: Sendable {
        /// Why it gave no verdict; nil where it exited with status 0, or diverged.
        let failure: ModelFailure?
        /// Whether it was ended because its numbers were none any more.
        let hasDiverged: Bool
        /// How long it took, in seconds.
        let seconds: Double
        /// The end of what it printed.
        let logTail: String
        /// The most memory that it was seen to hold, in bytes.
        let peakMemoryBytes: Int?
    }

    private enum Event: Sendable {
        case ended(RunEnd)
        case followed(hasDiverged: Bool)
    }

    /// How often the program's files are looked at.
    private static let interval = Duration.milliseconds(200)

    /// Runs the program; ends it at once when its numbers are none any more.
    ///
    /// - Parameter progress: told how many iterations or steps are done, when there are more.
    /// - Throws: ``ModelFailure`` where it could not be run at all, `CancellationError` where the task was cancelled.
    func run(progress: @escaping @Sendable (Int) -> Void) async throws -> End {
        let log = try directory.createLog(named: program.log)
        defer { try? log.close() }
        let command = ModelCommand(
            words: [executable.string], environment: environment, directory: directory.path, log: program.log)
        let clock = ContinuousClock()
        let began = clock.now
        let (end, hasDiverged) = try await watch(command, progress)
        try Task.checkCancellation()
        let tail = LogTail(of: log)
        let size = FolderSize.ofRun(in: directory.path)
        let failure = hasDiverged ? nil : end.failure(of: command, limits: limits, log: tail, size: size)
        return End(
            failure: failure.map(named), hasDiverged: hasDiverged, seconds: (clock.now - began) / .seconds(1),
            logTail: tail.text, peakMemoryBytes: end.peakMemoryBytes)
    }

    private func watch(
        _ command: ModelCommand, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws -> (RunEnd, hasDiverged: Bool) {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask { .ended(try await runtime.run(command, limits: limits)) }
            group.addTask { .followed(hasDiverged: await follow(progress)) }
            var hasDiverged = false
            while let event = try await group.next() {
                switch event {
                case .ended(let end):
                    group.cancelAll()
                    return (end, hasDiverged)
                case .followed(hasDiverged: let diverged):
                    hasDiverged = diverged
                    // Cancelling ends the program; its end is awaited above.
                    if diverged { group.cancelAll() }
                }
            }
            throw CancellationError()
        }
    }

    /// Looks at the program's files until the task is cancelled.
    ///
    /// - Returns: true at once when its numbers are none any more.
    private func follow(_ progress: @Sendable (Int) -> Void) async -> Bool {
        var follower = ProgramFollower(program, in: directory.path)
        var reported = 0
        while (try? await Task.sleep(for: Self.interval)) != nil {
            follower.look()
            if follower.done > reported {
                reported = follower.done
                progress(reported)
            }
            if follower.hasDiverged { return true }
        }
        return false
    }

    /// Says which of the two programs it was.
    private func named(_ failure: ModelFailure) -> ModelFailure {
        let what = failure.message.replacing("The model", with: program.name, maxReplacements: 1)
        let ending = AtmosCase.failure(of: program, isTimeout: failure.kind == .timeout)
        return ModelFailure(
            kind: failure.kind, message: ending.message(what), logTail: failure.logTail,
            peakMemoryBytes: failure.peakMemoryBytes)
    }
}
