internal import Glibc
package import Logging
package import SystemPackage

/// A private Redis server: a child process that keeps its data in a folder and listens on a Unix socket only.
///
/// The append-only file is on: a graceful stop loses nothing, `kill -9` of the server loses nothing that it had
/// answered, and a crash of the machine loses about a second. The server never evicts a key, and takes at most a quarter
/// of the machine's memory. A damaged append-only file is put aside, and the server starts empty.
///
/// The child ends with this process, even after `kill -9` of it. No second server can work in the same folder.
package final class PrivateRedis: Sendable {
    /// The address of the server, `unix://PATH`, for `RedisConfiguration(url:)`.
    package let url: String

    private let server: PrivateServer
    private let options: [String]
    private let logger: Logger

    private static let kind = ServerKind(
        name: "Redis", program: "redis-server", package: "redis-server", socketName: "redis.sock", deathSignal: "TERM",
        stopLimit: .seconds(20),
        // Printed once the data is loaded. The first letter is missing because it is a capital since 7.2.
        readiness: .line(containing: "eady to accept connections"))

    /// Describes a server with its data in `folder`; nothing starts before ``run()``.
    ///
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - options: more options for `redis-server`, such as `--maxmemory`, `2gb`. They override the server's options here.
    package init(folder: FilePath, options: [String] = [], logger: Logger = Logger(label: "redis")) {
        server = PrivateServer(Self.kind, folder: folder, logger: logger)
        self.options = options
        self.logger = logger
        url = "unix://\(SocketFolder.percentEncoded(server.socket))"
    }

    /// The folder with the server's data; ``run()`` creates it if it is missing.
    package var folder: FilePath { server.folder }

    /// The server's process ID while it runs, otherwise `nil`.
    package var processIdentifier: Int32? { server.processIdentifier }

    /// Runs the server until the task is cancelled, then stops it gracefully and returns.
    ///
    /// May be called again after it has returned or thrown, never twice at the same time.
    /// - Throws: ``PrivateServerError`` if the server cannot be started or ends by itself.
    package func run() async throws {
        let arguments = [
            "--port", "0", "--unixsocket", server.socket.string, "--unixsocketperm", "700",
            "--dir", folder.string, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--maxmemory", "\(Self.memoryMebibytes)mb", "--maxmemory-policy", "noeviction", "--daemonize", "no",
            "--logfile", "",
        ]
        try await server.run(arguments + options, repair: putAsideIfDamaged)
    }

    /// A quarter of the machine's memory, at least 256 MiB. A full server refuses new jobs, which wait.
    private static let memoryMebibytes: Int = {
        let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return max(bytes >> 22, 256)
    }()

    /// Renames the append-only file if the server ended because it is damaged.
    ///
    /// - Returns: whether it was.
    private func putAsideIfDamaged(_ error: PrivateServerError) throws -> Bool {
        guard error.code == .ended, Self.damages.contains(where: { error.message.contains($0) }) else { return false }
        let file = folder.appending("appendonlydir")
        let aside = folder.appending("appendonlydir.damaged-\(time(nil))")
        guard rename(file.string, aside.string) == 0 else { return false }
        logger.warning(
            "append-only file of Redis damaged; put aside, and the queues are recreated from the ledger",
            metadata: ["file": "\(aside)"])
        return true
    }

    /// The parts of Redis' messages about a file that it cannot load. It repairs a truncated end by itself.
    private static let damages = [
        "Bad file format reading the append only file", "Unexpected end of file reading the append only file",
        "AOF manifest file", "Wrong signature trying to load DB", "the AOF file", "The AOF file",
    ]

    /// Returns once the server answers. May be called before ``run()``.
    ///
    /// - Throws: ``PrivateServerError`` if the server ended instead, `CancellationError` if the task is cancelled.
    package func waitUntilReady() async throws {
        try await server.waitUntilReady()
    }
}
