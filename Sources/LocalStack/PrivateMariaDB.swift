internal import FoundationEssentials
internal import Glibc
package import Logging
internal import Subprocess
package import SystemPackage

/// A private MariaDB server: a child process that keeps its data in a folder and listens on a Unix socket only.
///
/// Every commit is on the disk before it is answered: neither `kill -9` of the server nor a crash of the machine loses
/// one. Its user `root` needs no password; the folder is therefore open to this user alone.
///
/// The child ends with this process, even after `kill -9` of it. No second server can work in the same folder.
package final class PrivateMariaDB: Sendable {
    private let server: PrivateServer
    private let options: [String]

    private static let kind = ServerKind(
        name: "MariaDB", program: "mariadbd", package: "mariadb-server", socketName: "mariadb.sock",
        // Killed rather than stopped when this process dies: nothing is lost, and the next process need not wait.
        deathSignal: "KILL", stopLimit: .seconds(60),
        // Recovery after a crash of the machine takes its time.
        readiness: .probe(MariaDBGreeting.arrives, log: "error.log", timeLimit: .seconds(120)))

    /// Describes a server with its data in `folder`; nothing starts before ``run()``.
    ///
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - options: more options for `mariadbd`, such as `--innodb-buffer-pool-size=1G`.
    package init(folder: FilePath, options: [String] = [], logger: Logger = Logger(label: "mariadb")) {
        server = PrivateServer(Self.kind, folder: folder, logger: logger)
        self.options = options
    }

    /// The folder with the server's data and its log, `error.log`; ``run()`` creates it if it is missing.
    package var folder: FilePath { server.folder }
    /// The server's Unix socket.
    package var socket: FilePath { server.socket }

    /// The URL of the database `atmos` on it, for a ledger's configuration. The database need not exist.
    package var url: String { url(database: "atmos") }

    /// The URL of a database on it, for a ledger's configuration. The database need not exist.
    package func url(database: String) -> String {
        "mariadb://root@localhost/\(database)?socket=\(SocketFolder.percentEncoded(socket))"
    }

    /// The server's process ID while it runs, otherwise `nil`.
    package var processIdentifier: Int32? { server.processIdentifier }

    /// Runs the server until the task is cancelled, then stops it gracefully and returns. The first run installs its data,
    /// which takes about a second.
    ///
    /// May be called again after it has returned or thrown, never twice at the same time.
    /// - Throws: ``PrivateServerError`` if the server cannot be started or ends by itself.
    package func run() async throws {
        try await server.run(arguments, prepare: install)
    }

    /// Returns once the server answers. May be called before ``run()``.
    ///
    /// - Throws: ``PrivateServerError`` if the server ended instead, `CancellationError` if the task is cancelled.
    package func waitUntilReady() async throws {
        try await server.waitUntilReady()
    }

    /// Whether a server answers on the socket now, even if another process started it.
    package func answers() -> Bool { MariaDBGreeting.arrives(from: socket) }

    private var data: FilePath { folder.appending("data") }

    private var arguments: [String] {
        let arguments = [
            "--no-defaults", "--datadir=\(data)", "--socket=\(socket)", "--pid-file=\(folder.appending("mariadb.pid"))",
            "--log-error=\(folder.appending("error.log"))", "--tmpdir=\(folder)",
            "--skip-networking", "--skip-name-resolve", "--log-warnings=1",
            "--innodb-buffer-pool-size=\(Self.bufferPoolMebibytes)M",
            "--character-set-server=utf8mb4", "--default-time-zone=+00:00",
        ]
        return arguments + Self.userOptions + options
    }

    /// An eighth of the machine's memory, from 256 MiB to 2 GiB. The ledger stores points by their hashes, in effect at
    /// random: once the table outgrows this memory, every row costs a read from the disk. The server takes the memory as
    /// its tables grow.
    private static let bufferPoolMebibytes: Int = {
        let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return min(max(bytes >> 23, 256), 2048)
    }()

    /// All programs of MariaDB need this option when they run as root.
    private static var userOptions: [String] { geteuid() == 0 ? ["--user=root"] : [] }

    /// Creates the server's first files if they are missing, all or none.
    private func install() async throws {
        removeUnfinishedInstallations()
        if access(data.string, F_OK) == 0 { return }
        // A separate name until it is complete: the leftovers of an interrupted installation are never taken for data.
        let unfinished = folder.appending("data-\(getpid())")
        let log = folder.appending("install.log")
        let output = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        let arguments = [
            "--pdeathsig", "KILL", "--", "mariadb-install-db", "--no-defaults", "--datadir=\(unfinished)",
            "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
        ]
        var options = PlatformOptions()
        options.createSession = true
        // A separate folder for temporary files: a server that starts removes all temporary tables that it finds, also
        // those of another installation at the same time.
        let result = try await Subprocess.run(
            .name("setpriv"), arguments: Arguments(arguments + Self.userOptions),
            environment: .inherit.updating(["TMPDIR": folder.string]), platformOptions: options,
            input: .none, output: .fileDescriptor(output, closeAfterSpawningProcess: true),
            error: .combinedWithOutput)
        guard result.terminationStatus.isSuccess else {
            // The log ends with a page of general advice; the errors come before it.
            let lines = LogFile.lastLines(of: log, from: 0, limit: 100)
            let errors = lines.filter { $0.contains("ERROR") }
            throw Self.kind.installationFailed(
                "mariadb-install-db", result.terminationStatus, folder,
                log: errors.isEmpty ? lines.suffix(20) : errors)
        }
        guard rename(unfinished.string, data.string) == 0 else {
            throw DataFolderError.system(Errno(rawValue: errno), data)
        }
    }
}

extension PrivateMariaDB {
    /// Removes what interrupted installations left behind: those of processes that have ended, and of an earlier process
    /// with this one's ID.
    private func removeUnfinishedInstallations() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? [] {
            guard name.hasPrefix("data-"), let process = Int32(name.dropFirst(5)) else { continue }
            guard process == getpid() || kill(process, 0) != 0 && errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: folder.appending(name).string)
        }
    }
}

/// The first bytes that a MariaDB server sends to every client, before any login.
private enum MariaDBGreeting {
    /// The time that a server which has accepted the connection gets for its greeting, in milliseconds.
    private static let timeLimit: Int32 = 100

    /// Whether a server at `path`, a Unix socket, sends its greeting.
    @Sendable
    static func arrives(from path: FilePath) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard var address = address(of: path) else { return false }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { return false }
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, timeLimit) == 1 else { return false }
        var first: UInt8 = 0
        return recv(descriptor, &first, 1, Int32(MSG_DONTWAIT)) == 1
    }

    private static func address(of path: FilePath) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = path.string.utf8CString
        return withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            guard bytes.count <= buffer.count else { return false }
            bytes.withUnsafeBytes { buffer.copyMemory(from: $0) }
            return true
        } ? address : nil
    }
}
