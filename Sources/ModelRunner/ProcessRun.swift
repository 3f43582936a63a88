internal import Glibc
internal import Logging
internal import Subprocess
internal import SystemPackage

/// One run of a command in a run directory, under limits, in a session of its own that is empty when it has ended.
struct ProcessRun: Sendable {
    /// The executable and its arguments.
    let command: [String]
    /// The whole environment.
    let environment: [String: String]
    /// What keeps the limits.
    let tools: ProcessTools
    /// The limits.
    let limits: RunLimits
    /// The working directory.
    let directory: FilePath
    /// Told of processes that could not be ended.
    let logger: Logger

    /// How a run ended.
    struct End: Sendable {
        /// The status of the model's own process.
        let status: TerminationStatus
        /// The limit for which it was ended; nil when it ended by itself, or with the task.
        let breach: RunMonitor.Breach?
        /// The most memory that was seen, in bytes.
        let peakMemoryBytes: Int?
    }

    /// Runs the command with its standard output and standard error going to `log`, and without standard input.
    ///
    /// The log is a file and the kernel limits its size, so whatever a model prints costs this process nothing.
    /// Returns when nothing of the run is left, also when the task was cancelled.
    ///
    /// - Throws: ``ModelFailure`` of kind ``ModelFailure/Kind/spawn`` when no process could be started.
    func run(log: FileDescriptor) async throws(ModelFailure) -> End {
        do {
            let result = try await Subprocess.run(
                configuration, input: .none,
                output: .fileDescriptor(log, closeAfterSpawningProcess: false), error: .combinedWithOutput
            ) { try await supervise($0.processIdentifier, teardown: $0.teardown) }
            let left = await ProcessSession(leader: result.processIdentifier.value).waitUntilGone()
            if !left.isEmpty {
                logger.warning("processes of a model could not be ended", metadata: ["processes": "\(left)"])
            }
            let (breach, peak) = result.closureResult
            return End(status: result.terminationStatus, breach: breach, peakMemoryBytes: peak)
        } catch let failure as ModelFailure {
            throw failure
        } catch {
            throw ModelFailure(kind: .spawn, message: "The model's process could not be started: \(error)")
        }
    }

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = teardown
        let variables = environment.map { (Environment.Key(stringLiteral: $0), $1) }
        return Configuration(
            executable: .path(tools.setpriv), arguments: Arguments(tools.arguments(running: command, limits: limits)),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables)), workingDirectory: directory,
            platformOptions: options)
    }

    /// SIGTERM to all, a while of grace, SIGKILL to all. Subprocess goes through it when the task is cancelled.
    private var teardown: [TeardownStep] {
        [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: limits.grace)]
    }

    /// Stays with the process until it has exited, ends it when it breaks a limit, and takes down what it leaves behind
    /// while its number is still its own.
    private func supervise(
        _ process: ProcessIdentifier, teardown end: @escaping @Sendable ([TeardownStep]) async -> Void
    ) async throws(ModelFailure) -> (RunMonitor.Breach?, Int?) {
        try OrphanGuard.shared.add(process.value)
        defer { OrphanGuard.shared.remove(process.value) }
        let session = ProcessSession(leader: process.value)
        let monitor = RunMonitor(session: session, directory: directory, limits: limits)
        let breach = await withTaskGroup(of: RunMonitor.Breach?.self) { group in
            group.addTask {
                let breach = await monitor.firstBreach()
                if breach != nil { await end(teardown) }
                return breach
            }
            await ProcessExit.wait(for: process)
            group.cancelAll()
            return await group.next() ?? nil
        }
        session.kill()
        return (breach, monitor.peakMemoryBytes)
    }
}
