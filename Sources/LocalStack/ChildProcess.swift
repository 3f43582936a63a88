internal import Subprocess
package import SystemPackage

/// A program that a ``Supervisor`` keeps running.
package struct ChildProcess: Sendable {
    /// The name in events and errors; unique among the children of one supervisor.
    package var name: String
    /// The program: a path, or a name that is looked up in `PATH`.
    package var executable: FilePath
    /// Its arguments, without the program's name.
    package var arguments: [String]
    /// Variables in addition to the environment that it inherits from this process.
    package var environment: [String: String]
    /// The file that its standard output and standard error are appended to; created if missing, in an existing folder.
    package var log: FilePath
    /// Children are stopped in the order of this number, the lowest first; those with the same number together.
    package var stopOrder: Int
    /// The time to end after SIGTERM; then SIGKILL ends it and its process group.
    package var grace: Duration
    /// Exit statuses that mean that its work is done: it is not restarted. By default 0.
    package var finalStatuses: Set<Int32>
    /// Exit statuses that no restart can help: they end the whole supervision with an error. By default 78 (a bad
    /// configuration), and 126 and 127 (the program cannot be executed, or does not exist).
    package var fatalStatuses: Set<Int32>

    /// Describes a child; nothing is started yet.
    package init(
        name: String, executable: FilePath, arguments: [String] = [], environment: [String: String] = [:],
        log: FilePath, stopOrder: Int = 0, grace: Duration = .seconds(10), finalStatuses: Set<Int32> = [0],
        fatalStatuses: Set<Int32> = [78, 126, 127]
    ) {
        self.name = name
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.log = log
        self.stopOrder = stopOrder
        self.grace = grace
        self.finalStatuses = finalStatuses
        self.fatalStatuses = fatalStatuses
    }
}

extension ChildProcess {
    /// One run of a child's program.
    struct Life: Sendable {
        let status: ChildStatus
        let duration: Duration
        /// The last lines that it wrote to its log in this life.
        let logTail: [String]
    }

    /// Starts the program once and waits until it has ended.
    ///
    /// If the task is cancelled, the program gets SIGTERM, and after ``grace`` its process group SIGKILL; it has ended
    /// when this returns. It runs in a separate session, so that Ctrl-C on the terminal reaches only this process. The
    /// kernel sends it SIGTERM when this process dies without having stopped it.
    ///
    /// - Parameter started: is passed the process ID.
    /// - Throws: an error if the log cannot be opened or no process can be created.
    func run(started: (Int32) -> Void) async throws -> Life {
        let (log, logStart) = try LogFile.open(self.log, permissions: [.ownerReadWrite, .groupRead, .otherRead])
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
            logTail: LogFile.lastLines(of: self.log, from: logStart))
    }
}

/// The end of a child process.
package enum ChildStatus: Sendable, Hashable, CustomStringConvertible {
    /// It exited by itself with this status.
    case exited(Int32)
    /// This signal ended it.
    case signaled(Int32)

    package var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signaled(let signal): "signal \(signal)"
        }
    }

    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .signaled(signal)
        }
    }
}

/// Log files that child processes append to.
enum LogFile {
    /// Opens a log to append to it; creates it if it is missing.
    ///
    /// - Returns: the file, and its size in bytes, at which the new lines begin.
    static func open(_ path: FilePath, permissions: FilePermissions) throws -> (FileDescriptor, start: Int64) {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: permissions)
        do {
            return (file, try file.seek(offset: 0, from: .end))
        } catch {
            try? file.close()
            throw error
        }
    }

    /// The last lines of a log; none if it cannot be read.
    ///
    /// - Parameters:
    ///   - start: the offset in bytes before which nothing is read.
    ///   - limit: the largest number of lines.
    static func lastLines(of path: FilePath, from start: Int64, limit: Int = 20) -> [String] {
        let maxBytes: Int64 = 8 * 1024
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return [] }
        defer { try? file.close() }
        guard let end = try? file.seek(offset: 0, from: .end) else { return [] }
        let from = max(start, end - maxBytes)
        var bytes = [UInt8](repeating: 0, count: Int(max(0, end - from)))
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: from, into: $0) }) ?? 0
        return bytes[..<count].split(separator: UInt8(ascii: "\n"))
            .suffix(limit)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
