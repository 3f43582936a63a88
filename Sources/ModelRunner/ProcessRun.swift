internal import CLinux
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
        let gate = try SocketPair()
        defer { close(gate.ours) }
        do {
            let result = try await Subprocess.run(
                configuration,
                input: .fileDescriptor(FileDescriptor(rawValue: gate.theirs), closeAfterSpawningProcess: true),
                output: .fileDescriptor(log, closeAfterSpawningProcess: false), error: .combinedWithOutput
            ) { try await supervise($0.processIdentifier, gate: gate.ours, teardown: $0.teardown) }
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
            executable: .path(tools.setpriv), arguments: Arguments(tools.arguments(starting: command)),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables)), workingDirectory: directory,
            platformOptions: options)
    }

    /// SIGTERM to all, a while of grace, SIGKILL to all. Subprocess goes through it when the task is cancelled.
    private var teardown: [TeardownStep] {
        [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: limits.grace)]
    }

    /// Lets the model begin, once nothing of it can outlive us and its limits are set; stays with the process until it has
    /// exited, ends it when it breaks a limit, and takes down what it leaves behind while its number is still its own.
    private func supervise(
        _ process: ProcessIdentifier, gate: CInt, teardown end: @escaping @Sendable ([TeardownStep]) async -> Void
    ) async throws(ModelFailure) -> (RunMonitor.Breach?, Int?) {
        try await OrphanGuard.shared.add(process.value)
        defer { OrphanGuard.shared.remove(process.value) }
        try setLimits(of: process.value)
        // Nobody reads any more when the run has been cancelled meanwhile; then there is only its end to wait for.
        _ = SocketPair.send("go\n", to: gate)
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

    /// Has the kernel limit the process and all that it starts.
    private func setLimits(of process: pid_t) throws(ModelFailure) {
        var failures = [process_limit_files(process, UInt64(max(0, limits.outputBytes))), process_limit_core(process)]
        if let memory = limits.memoryBytes { failures.append(process_limit_memory(process, UInt64(max(0, memory)))) }
        // A process that is gone already (ESRCH) needs no limits.
        guard let failure = failures.first(where: { $0 != 0 && $0 != ESRCH }) else { return }
        throw ModelFailure(kind: .spawn, message: "The model's limits could not be set: \(Errno(rawValue: failure)).")
    }
}
