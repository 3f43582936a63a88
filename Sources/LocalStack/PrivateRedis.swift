internal import Glibc
package import Logging
internal import Subprocess
internal import Synchronization
package import SystemPackage

/// A Redis server of one's own: a child process that keeps its data in a folder and listens on a Unix socket only.
///
/// The append-only file is on, so an orderly stop loses nothing, a `kill -9` of the server loses nothing that it had
/// answered, and a crash of the machine loses about a second. The server never evicts a key.
///
/// The child ends with this process, even after `kill -9` of it, and no second server can work in the same folder.
package final class PrivateRedis: Sendable {
    /// The folder with the server's data; created by ``run()`` when it is missing.
    package let folder: FilePath
    /// Where the server listens, as `unix://PATH`, for `RedisConfiguration(url:)`.
    package let url: String

    private let socket: FilePath
    private let options: [String]
    private let logger: Logger
    private let readiness = ServerReadiness()
    private let process = Mutex<Int32?>(nil)

    /// Describes a server with its data in `folder`; nothing starts before ``run()``.
    ///
    /// - Parameter options: more options for `redis-server`, such as `--maxmemory`, `2gb`; of an option that is given twice,
    ///   this one counts.
    package init(folder: FilePath, options: [String] = [], logger: Logger = Logger(label: "redis")) {
        self.folder = folder
        self.options = options
        self.logger = logger
        socket = SocketFolder.path(for: folder).appending("redis.sock")
        url = "unix://\(SocketFolder.percentEncoded(socket))"
    }

    /// The server's process number while it runs, otherwise nil.
    package var processIdentifier: Int32? { process.withLock { $0 } }

    /// Runs the server until the task is cancelled, then stops it in order and returns.
    ///
    /// May be called again after it has returned or thrown; never twice at the same time.
    /// - Throws: ``PrivateServerError`` when the server cannot be started or ends by itself.
    package func run() async throws {
        readiness.starting()
        let tail = PrintedLines()
        do {
            try Directory.create(folder, mode: 0o700)
            _ = try SocketFolder.create(for: folder)
            var options = PlatformOptions()
            // A session of its own: Ctrl-C on the terminal must reach us, not the server behind our back.
            options.createSession = true
            options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(20))]
            let result = try await Subprocess.run(
                .name("setpriv"), arguments: Arguments(arguments), workingDirectory: folder, platformOptions: options,
                input: .none, output: .sequence, error: .combinedWithOutput
            ) { execution in
                process.withLock { $0 = execution.processIdentifier.value }
                for try await line in execution.standardOutput.strings() {
                    tail.append(line)
                    logger.debug("\(line)")
                    // Printed once the data is loaded; since 7.2 with a capital R, hence the missing letter.
                    if line.contains("eady to accept connections") { readiness.ready() }
                }
            }
            if Task.isCancelled { throw CancellationError() }
            throw PrivateServerKind.redis.ended(result.terminationStatus, folder, log: tail.lines)
        } catch {
            process.withLock { $0 = nil }
            if Task.isCancelled { return readiness.ended(PrivateServerKind.redis.stopped(folder)) }
            let failure =
                error is PrivateServerError || error is DataFolderError
                ? error : PrivateServerKind.redis.notStarted(error, folder)
            readiness.ended(failure)
            throw failure
        }
    }

    /// Returns as soon as the server answers; returns at once when it already does.
    ///
    /// May be called before ``run()`` is.
    /// - Throws: ``PrivateServerError`` when the server ended instead, `CancellationError` when the task is cancelled.
    package func waitUntilReady() async throws {
        try await readiness.wait()
    }

    private var arguments: [String] {
        let server = [
            "--port", "0", "--unixsocket", socket.string, "--unixsocketperm", "700",
            "--dir", folder.string, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--maxmemory-policy", "noeviction", "--daemonize", "no", "--logfile", "",
        ]
        return PrivateServerKind.redis.commandLine(deathSignal: "TERM", server + options)
    }
}

/// The last lines that the server printed, for the message of an error.
private final class PrintedLines: Sendable {
    private let kept = Mutex<[String]>([])

    func append(_ line: String) {
        kept.withLock {
            $0.append(line)
            if $0.count > 10 { $0.removeFirst() }
        }
    }

    var lines: [String] { kept.withLock { $0 } }
}
