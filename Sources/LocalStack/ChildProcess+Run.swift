internal import Subprocess
internal import SystemPackage

extension ChildProcess {
    /// How one life of a child went.
    struct Life: Sendable {
        let status: ChildStatus
        let duration: Duration
        /// The last lines that it wrote to its log in this life.
        let logTail: [String]
    }

    /// Starts the program once and waits until it has ended.
    ///
    /// When the task is cancelled, the program gets SIGTERM, and after ``grace`` its process group SIGKILL; it has ended
    /// when this returns. It runs in a session of its own, so that a Ctrl-C at the terminal reaches it only through us;
    /// and it gets SIGTERM from the kernel when we die without having stopped it.
    ///
    /// - Parameter started: Is told the process id.
    /// - Throws: An error when the log cannot be opened or no process can be made.
    func run(started: (Int32) -> Void) async throws -> Life {
        let log = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .append, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        let logStart: Int64
        do {
            logStart = try log.seek(offset: 0, from: .end)
        } catch {
            try? log.close()
            throw error
        }

        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, allowedDurationToNextStep: grace),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero),
        ]
        let overrides = Dictionary(
            uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await Subprocess.run(
            .name("setpriv"),
            arguments: Arguments(["--pdeathsig", "TERM", "--", executable.string] + arguments),
            environment: .inherit.updating(overrides),
            platformOptions: options,
            input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: true),
            error: .combinedWithOutput
        ) { execution in
            started(execution.processIdentifier.value)
        }
        return Life(
            status: ChildStatus(result.terminationStatus),
            duration: clock.now - start,
            logTail: LogTail.lines(of: self.log, from: logStart))
    }
}
