internal import Glibc
package import Logging
internal import Subprocess
internal import Synchronization
package import SystemPackage

/// A MariaDB server of one's own: a child process that keeps its data in a folder and listens on a Unix socket only.
///
/// Every commit is on the disk before it is answered: neither `kill -9` of the server nor a crash of the machine loses
/// one. Its user `root` needs no password; who may reach the folder may use the server, so the folder is for this user
/// alone.
///
/// The child ends with this process, even after `kill -9` of it, and no second server can work in the same folder.
package final class PrivateMariaDB: Sendable {
    /// The folder with the server's data and its log, `error.log`; created by ``run()`` when it is missing.
    package let folder: FilePath
    /// The server's Unix socket.
    package let socket: FilePath

    private let logger: Logger
    private let options: [String]
    private let readiness = ServerReadiness()
    private let process = Mutex<Int32?>(nil)

    /// How long the server may take until it answers: recovery after a crash of the machine takes its time.
    private static let startLimit = Duration.seconds(120)

    /// Describes a server with its data in `folder`; nothing starts before ``run()``.
    ///
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - options: more options for `mariadbd`, such as `--innodb-buffer-pool-size=1G`.
    package init(folder: FilePath, options: [String] = [], logger: Logger = Logger(label: "mariadb")) {
        precondition(folder.isAbsolute, "the server works in its folder, where a relative path means another one")
        self.folder = folder
        self.options = options
        self.logger = logger
        socket = SocketFolder.path(for: folder).appending("mariadb.sock")
    }

    /// The URL of the database `atmos` on it, for a ledger's configuration. The database need not be there.
    package var url: String { url(database: "atmos") }

    /// The URL of a database on it, for a ledger's configuration. The database need not be there.
    package func url(database: String) -> String {
        "mariadb://root@localhost/\(database)?socket=\(SocketFolder.percentEncoded(socket))"
    }

    /// The server's process number while it runs, otherwise nil.
    package var processIdentifier: Int32? { process.withLock { $0 } }

    /// Runs the server until the task is cancelled, then stops it in order and returns. At the first run its data is
    /// installed, which takes about a second.
    ///
    /// May be called again after it has returned or thrown; never twice at the same time.
    /// - Throws: ``PrivateServerError`` when the server cannot be started or ends by itself.
    package func run() async throws {
        readiness.starting()
        do {
            try Directory.create(folder, mode: 0o700)
            _ = try SocketFolder.create(for: folder)
            try await PrivateMariaDBData(folder: folder).install()
            try await serve()
        } catch {
            process.withLock { $0 = nil }
            if Task.isCancelled { return readiness.ended(PrivateServerKind.mariaDB.stopped(folder)) }
            let failure =
                error is PrivateServerError || error is DataFolderError
                ? error : PrivateServerKind.mariaDB.notStarted(error, folder)
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

    /// Whether a server answers on the socket now, whoever started it.
    package func answers() -> Bool { MariaDBGreeting.isGiven(by: socket) }

    private var log: FilePath { folder.appending("error.log") }

    /// One life of the server.
    private func serve() async throws {
        let output = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
        let logStart = try output.closeAfterFailure { try output.seek(offset: 0, from: .end) }
        let status: TerminationStatus = try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                var options = PlatformOptions()
                // A session of its own: Ctrl-C on the terminal must reach us, not the server behind our back.
                options.createSession = true
                options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(60))]
                return try await Subprocess.run(
                    .name("setpriv"), arguments: Arguments(self.arguments), workingDirectory: self.folder,
                    platformOptions: options, input: .none,
                    output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .combinedWithOutput
                ) { execution in
                    self.process.withLock { $0 = execution.processIdentifier.value }
                }.terminationStatus
            }
            group.addTask {
                try await self.awaitAnswer(logStart: logStart)
                self.readiness.ready()
                self.logger.debug("The private MariaDB is ready", metadata: ["folder": "\(self.folder)"])
                return nil
            }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            throw CancellationError()
        }
        if Task.isCancelled { throw CancellationError() }
        throw PrivateServerKind.mariaDB.ended(status, folder, log: LogTail.lines(of: log, from: logStart))
    }

    private func awaitAnswer(logStart: Int64) async throws {
        let deadline = ContinuousClock.now + Self.startLimit
        while !answers() {
            guard ContinuousClock.now < deadline else {
                throw PrivateServerKind.mariaDB.notReady(
                    after: Self.startLimit, folder, log: LogTail.lines(of: log, from: logStart))
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// An eighth of the machine's memory, from 256 MiB to 2 GiB. Points lie in the ledger in the order of their hashes,
    /// which is no order at all: where the table outgrows this memory, every row costs a read from the disk. The server
    /// takes the memory as its tables grow.
    private static let bufferPoolMebibytes: Int = {
        let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return min(max(bytes >> 23, 256), 2048)
    }()

    private var arguments: [String] {
        let server = [
            "--no-defaults", "--datadir=\(folder.appending("data"))", "--socket=\(socket)",
            "--pid-file=\(folder.appending("mariadb.pid"))", "--log-error=\(log)", "--tmpdir=\(folder)",
            "--skip-networking", "--skip-name-resolve", "--log-warnings=1",
            "--innodb-buffer-pool-size=\(Self.bufferPoolMebibytes)M",
            "--character-set-server=utf8mb4", "--default-time-zone=+00:00",
        ]
        // Killed rather than asked to stop when we die: nothing is lost by it, and who comes next need not wait.
        return PrivateServerKind.mariaDB.commandLine(
            deathSignal: "KILL", server + PrivateMariaDBData.userOptions + options)
    }
}

extension FileDescriptor {
    /// Runs `body`, and closes the file if it fails.
    fileprivate func closeAfterFailure<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            try? close()
            throw error
        }
    }
}
