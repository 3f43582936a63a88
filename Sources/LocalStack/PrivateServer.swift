internal import Logging
internal import Subprocess
internal import Support
internal import Synchronization
internal import SystemPackage

/// A private server as a child process: started in its folder, watched until it answers, stopped with its task.
///
/// ``PrivateRedis`` and ``PrivateMariaDB`` are such servers; their ``ServerKind`` says what differs.
final class PrivateServer: Sendable {
    let folder: FilePath
    let socket: FilePath

    private let kind: ServerKind
    private let logger: Logger
    private let process = Mutex<Int32?>(nil)
    /// Resolved when the server answers or has ended; replaced when it starts again.
    private let readiness = Mutex(AsyncPromise<Void>())

    /// Describes a server with its data in `folder`; nothing starts before ``run(_:prepare:)``.
    init(_ kind: ServerKind, folder: FilePath, logger: Logger) {
        precondition(folder.isAbsolute, "the server's working directory is its folder, which changes a relative path")
        self.kind = kind
        self.folder = folder
        self.logger = logger
        socket = SocketFolder.path(for: folder).appending(kind.socketName)
    }

    /// The server's process ID while it runs, otherwise `nil`.
    var processIdentifier: Int32? { process.withLock { $0 } }

    /// Runs the server until the task is cancelled, then stops it gracefully and returns.
    ///
    /// - Parameters:
    ///   - arguments: those of the server's program.
    ///   - prepare: creates what the server needs in its folder, before the server starts.
    ///   - repair: repairs the server's files after it ended by itself, and returns whether it is worth another start.
    /// - Throws: ``PrivateServerError`` if the server cannot be started or ends by itself.
    func run(
        _ arguments: [String], prepare: () async throws -> Void = {},
        repair: (PrivateServerError) throws -> Bool = { _ in false }
    ) async throws {
        readiness.withLock { if $0.current != nil { $0 = AsyncPromise() } }
        do {
            try Directory.create(folder, mode: 0o700)
            _ = try SocketFolder.create(for: folder)
            try await prepare()
            var (status, log) = try await serve(kind.commandLine(arguments))
            if !Task.isCancelled, try repair(kind.ended(status, folder, log: log)) {
                (status, log) = try await serve(kind.commandLine(arguments))
            }
            if Task.isCancelled { throw CancellationError() }
            throw kind.ended(status, folder, log: log)
        } catch {
            process.withLock { $0 = nil }
            if Task.isCancelled { return end(kind.stopped(folder)) }
            let isExplained = error is PrivateServerError || error is DataFolderError
            let failure = isExplained ? error : kind.notStarted(error, folder)
            end(failure)
            throw failure
        }
    }

    /// Returns once the server answers.
    ///
    /// - Throws: the reason if the server ended instead; `CancellationError` if the task is cancelled.
    func waitUntilReady() async throws {
        try await readiness.withLock { $0 }.valueUnlessCancelled()
    }

    /// Runs the server once.
    ///
    /// - Returns: its status, and the last lines that it printed or logged.
    private func serve(_ arguments: [String]) async throws -> (TerminationStatus, log: [String]) {
        var options = PlatformOptions()
        // In a separate session, so that Ctrl-C on the terminal does not reach the server, only this process.
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: kind.stopLimit)]
        switch kind.readiness {
        case .line(let text):
            return try await serve(arguments, options, untilLine: text)
        case .probe(let probe, let log, let limit):
            let path = folder.appending(log)
            let (output, start) = try LogFile.open(path, permissions: .ownerReadWrite)
            let status = try await serve(arguments, options, output) {
                try await self.waitForAnswer(probe, timeLimit: limit) { LogFile.lastLines(of: path, from: start) }
            }
            return (status, LogFile.lastLines(of: path, from: start))
        }
    }

    /// Runs a server whose output goes to the logger.
    private func serve(
        _ arguments: [String], _ options: PlatformOptions, untilLine text: String
    ) async throws -> (TerminationStatus, log: [String]) {
        let result = try await Subprocess.run(
            .name("setpriv"), arguments: Arguments(arguments), workingDirectory: folder, platformOptions: options,
            input: .none, output: .sequence, error: .combinedWithOutput
        ) { execution in
            started(execution.processIdentifier.value)
            var tail: [String] = []
            for try await line in execution.standardOutput.strings() {
                tail = tail.suffix(9) + [line]
                logger.debug("server output", metadata: ["server": "\(kind.name)", "line": "\(line)"])
                if line.contains(text) { answers() }
            }
            return tail
        }
        return (result.terminationStatus, result.closureResult)
    }

    /// Runs a server whose output goes to a file, next to a task that waits until it answers.
    private func serve(
        _ arguments: [String], _ options: PlatformOptions, _ output: FileDescriptor,
        waitForAnswer: @escaping @Sendable () async throws -> Void
    ) async throws -> TerminationStatus {
        try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await Subprocess.run(
                    .name("setpriv"), arguments: Arguments(arguments), workingDirectory: self.folder,
                    platformOptions: options, input: .none,
                    output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .combinedWithOutput
                ) { execution in
                    self.started(execution.processIdentifier.value)
                }.terminationStatus
            }
            group.addTask {
                try await waitForAnswer()
                self.answers()
                return nil
            }
            while let status = try await group.next() {
                if let status { return status }
            }
            throw CancellationError()
        }
    }

    private func waitForAnswer(
        _ probe: @Sendable (FilePath) -> Bool, timeLimit: Duration, log: () -> [String]
    ) async throws {
        let deadline = ContinuousClock.now + timeLimit
        while !probe(socket) {
            guard ContinuousClock.now < deadline else { throw kind.notReady(after: timeLimit, folder, log: log()) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func started(_ identifier: Int32) {
        process.withLock { $0 = identifier }
    }

    private func answers() {
        guard readiness.withLock({ $0 }).resolve(.success(())) else { return }
        logger.debug("private server is ready", metadata: ["server": "\(kind.name)", "path": "\(folder)"])
    }

    private func end(_ error: any Error) {
        readiness.withLock { promise in
            // A promise that was resolved when the server answered cannot change; later waiters get a new one.
            if promise.current != nil { promise = AsyncPromise() }
            promise.resolve(.failure(error))
        }
    }
}

/// A kind of private server: its program, how it says that it answers, and how it is stopped.
struct ServerKind: Sendable {
    /// The sign that a server answers.
    enum Readiness: Sendable {
        /// It prints a line that contains this text.
        case line(containing: String)
        /// A probe of its socket succeeds. Its output goes to the file `log` in its folder.
        case probe(@Sendable (_ socket: FilePath) -> Bool, log: String, timeLimit: Duration)
    }

    /// The server's name for users.
    let name: String
    let program: String
    /// The Debian package with the program.
    let package: String
    let socketName: String
    /// The signal that the server gets when this process dies: `TERM` for a graceful end, `KILL` if it needs none.
    let deathSignal: String
    /// The time for a graceful end; then the server is killed.
    let stopLimit: Duration
    let readiness: Readiness

    /// The exit status of `flock` if another process holds the lock.
    private static let lockConflict: Int32 = 75

    /// The arguments of `setpriv` that run the server.
    ///
    /// The server dies with this process, even after `kill -9`. It holds a lock on its working directory while it lives,
    /// so that two servers never write to the same files.
    func commandLine(_ arguments: [String]) -> [String] {
        let lock = [
            "flock", "--no-fork", "--timeout", "10", "--conflict-exit-code", "\(Self.lockConflict)", "\(program).lock",
        ]
        return ["--pdeathsig", deathSignal, "--"] + lock + [program] + arguments
    }
}

/// The errors of a server.
extension ServerKind {
    func stopped(_ folder: FilePath) -> PrivateServerError {
        PrivateServerError(code: .stopped, message: "the \(name) server in \(folder) was stopped")
    }

    func notStarted(_ error: any Error, _ folder: FilePath) -> PrivateServerError {
        PrivateServerError(
            code: .notInstalled,
            message: "cannot start a private \(name) server in \(folder): \(error); install util-linux and \(package)")
    }

    func notReady(after limit: Duration, _ folder: FilePath, log: [String]) -> PrivateServerError {
        PrivateServerError(
            code: .ended,
            message: "the \(name) server in \(folder) does not answer \(TimeSpan(limit)) after its start"
                + Self.logEnd(log))
    }

    func ended(_ status: TerminationStatus, _ folder: FilePath, log: [String]) -> PrivateServerError {
        switch status {
        case .exited(127): notInstalled(program, log: log)
        case .exited(Self.lockConflict):
            PrivateServerError(
                code: .folderInUse, message: "another \(name) server still works in \(folder); stop it first")
        default:
            PrivateServerError(
                code: .ended, message: "the \(name) server in \(folder) ended by itself (\(status))\(Self.logEnd(log))")
        }
    }

    /// The program that creates the server's first files has failed.
    func installationFailed(
        _ installer: String, _ status: TerminationStatus, _ folder: FilePath, log: [String]
    ) -> PrivateServerError {
        status == .exited(127)
            ? notInstalled(installer, log: log)
            : PrivateServerError(
                code: .folder,
                message: "\(installer) cannot create the server's first files in \(folder) (\(status))"
                    + Self.logEnd(log))
    }

    private func notInstalled(_ program: String, log: [String]) -> PrivateServerError {
        PrivateServerError(
            code: .notInstalled,
            message: "\(program) not found; install it (apt-get install \(package))\(Self.logEnd(log))")
    }

    private static func logEnd(_ log: [String]) -> String {
        log.isEmpty ? "; it logged nothing" : "; the end of its log:\n" + log.joined(separator: "\n")
    }
}

/// The reason why a private server does not run.
package struct PrivateServerError: Error, CustomStringConvertible {
    /// The kind of a ``PrivateServerError``.
    package enum Code: Sendable {
        /// The server's programs (or `setpriv`, `flock`) are not installed.
        case notInstalled
        /// Another server still works in the same folder.
        case folderInUse
        /// The server's first files could not be created.
        case folder
        /// The server ended by itself, or never answered.
        case ended
        /// The server was stopped gracefully.
        case stopped
    }

    /// The kind of error.
    package let code: Code
    /// The failure, its place and its remedy, with the end of the server's log if there is one.
    package let message: String

    package var description: String { message }
}
