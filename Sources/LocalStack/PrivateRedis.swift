package import Logging
package import SystemPackage

/// A private Redis server: a child process that keeps its data in a folder and listens on a Unix socket only.
///
/// The append-only file is on: a graceful stop loses nothing, `kill -9` of the server loses nothing that it had
/// answered, and a crash of the machine loses about a second. The server never evicts a key.
///
/// The child ends with this process, even after `kill -9` of it. No second server can work in the same folder.
package final class PrivateRedis: Sendable {
    /// The address of the server, `unix://PATH`, for `RedisConfiguration(url:)`.
    package let url: String

    private let server: PrivateServer
    private let options: [String]

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
            "--maxmemory-policy", "noeviction", "--daemonize", "no", "--logfile", "",
        ]
        try await server.run(arguments + options)
    }

    /// Returns once the server answers. May be called before ``run()``.
    ///
    /// - Throws: ``PrivateServerError`` if the server ended instead, `CancellationError` if the task is cancelled.
    package func waitUntilReady() async throws {
        try await server.waitUntilReady()
    }
}
