internal import Glibc
package import LocalStack
internal import Logging
internal import RedisClient
internal import Subprocess
internal import Synchronization
internal import SystemPackage
internal import Testing

/// One private Redis server for the whole test process, started on first use.
///
/// Tests share it and are isolated by ``uniqueNamespace()``. A test that stops, kills or reconfigures a server starts a
/// separate one with ``withPrivateServer(options:_:)``.
package final class TestRedis: Sendable {
    /// The server's URL for `RedisConfiguration(url:)`.
    package let url: String

    private static let starting = Task { try await TestRedis() }
    private static let namespaces = Atomic<Int>(0)

    private let folder: TemporaryFolder
    private let server: PrivateRedis
    // Runs as long as the process; the server is killed with it.
    private let running: Task<Void, any Error>

    private init() async throws {
        let folder = try TemporaryFolder()
        folder.removeAtExit()
        let server = PrivateRedis(folder: folder.path, logger: Logger(label: "test-redis"))
        self.folder = folder
        self.server = server
        url = server.url
        running = Task { try await server.run() }
        try await server.waitUntilReady()
    }

    /// The running server.
    package static func shared() async throws -> TestRedis {
        try await starting.value
    }

    /// Returns a namespace for keys that is unique in this process.
    package static func uniqueNamespace() -> String {
        "test:\(namespaces.add(1, ordering: .relaxed).newValue)"
    }

    /// Runs `body` with a separate private server, which it may kill or reconfigure.
    ///
    /// A killed server is restarted at once with the same data.
    ///
    /// - Parameter options: additional options for `redis-server`.
    package static func withPrivateServer<Result: Sendable>(
        options: [String] = [], _ body: @Sendable (PrivateRedis) async throws -> Result
    ) async throws -> Result {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let server = PrivateRedis(folder: folder.path, options: options)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<10 where !Task.isCancelled { try? await server.run() }
            }
            defer { group.cancelAll() }
            try await server.waitUntilReady()
            return try await body(server)
        }
    }
}

/// A master, its replica and a sentinel for both, each with a password, for tests of fail-overs. With certificates, all
/// of them use only TLS, also among themselves, and demand client certificates.
package final class FailoverFixture: Sendable {
    /// The sentinel's name of the service.
    package static let service = "scene"
    /// The servers' password.
    package static let password = "server-secret"
    /// The sentinel's password.
    package static let sentinelPassword = "sentinel-secret"

    /// The initial master; it is not restarted after it was killed.
    package let master: PrivateRedis
    /// The initial replica.
    package let replica: PrivateRedis
    /// The sentinel's port at `127.0.0.1`.
    package let sentinelPort: UInt16
    /// The replica's port at `127.0.0.1`.
    package let replicaPort: UInt16

    private let masterPort: UInt16
    private let certificates: TestCertificates?
    private let folder: TemporaryFolder
    private let events: AsyncStream<String>
    private let report: AsyncStream<String>.Continuation

    private init(_ certificates: TestCertificates?) throws {
        self.certificates = certificates
        folder = try TemporaryFolder()
        let ports = try FreePort.find(3)
        (masterPort, replicaPort, sentinelPort) = (ports[0], ports[1], ports[2])
        (events, report) = AsyncStream.makeStream()
        let common = [
            "--bind", "127.0.0.1", "--requirepass", Self.password, "--masterauth", Self.password,
            "--repl-diskless-sync-delay", "0",
        ]
        func listening(_ port: UInt16) -> [String] {
            guard let certificates else { return ["--port", "\(port)"] }
            return certificates.options(port: port, certificates.server, asksClients: true)
                + ["--port", "0", "--tls-replication", "yes"]
        }
        // Without its replica the master refuses writes, because a promotion of the replica would lose them.
        let writeSafety = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "10"]
        master = PrivateRedis(
            folder: folder.path.appending("a"), options: listening(masterPort) + writeSafety + common)
        replica = PrivateRedis(
            folder: folder.path.appending("b"),
            options: listening(replicaPort) + ["--replicaof", "127.0.0.1", "\(masterPort)"] + common)
    }

    /// Runs `body` once the sentinel knows the master and the replica.
    ///
    /// - Parameter certificates: `nil` for no TLS.
    package static func run(
        _ certificates: TestCertificates? = nil, _ body: @Sendable (FailoverFixture) async throws -> Void
    ) async throws {
        let fixture = try FailoverFixture(certificates)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for server in [fixture.master, fixture.replica] {
                group.addTask { try? await server.run() }
                try await server.waitUntilReady()
            }
            try await fixture.waitForReplica()
            group.addTask { try await fixture.runSentinel() }
            await fixture.wait(for: "+slave ")
            try await body(fixture)
        }
    }

    /// The URL for `RedisConfiguration(url:)`, without the sentinel's password.
    package var url: String {
        let location = "+sentinel://:\(Self.password)@127.0.0.1:\(sentinelPort)/\(Self.service)"
        guard let certificates else { return "redis\(location)" }
        let client = certificates.client
        return "rediss\(location)?ca=\(certificates.authority)&cert=\(client.certificate)&key=\(client.key)"
    }

    /// Waits for the sentinel's next event of a kind, such as `+switch-master`. Each event ends one wait only.
    package func wait(for event: String) async {
        for await line in events where line.contains(event) { return }
    }

    /// Waits until the replica has all writes that the master has processed so far.
    package func waitForReplica() async throws {
        var configuration = try RedisConfiguration(url: master.url)
        configuration.password = Self.password
        let connection = try await RedisConnection.connect(to: configuration, logger: Logger.silent)
        try await eventually("the replica has all writes") {
            try await connection.send("WAIT", "1", "1000").number == 1
        }
    }

    /// The sentinel's configuration lines for TLS to clients and servers.
    private func tlsLines(_ certificates: TestCertificates) -> String {
        """
        port 0
        tls-port \(sentinelPort)
        tls-replication yes
        tls-cert-file \(certificates.server.certificate)
        tls-key-file \(certificates.server.key)
        tls-ca-cert-file \(certificates.authority)
        """
    }

    /// Runs the sentinel until the task is cancelled.
    private func runSentinel() async throws {
        let file = folder.path.appending("sentinel.conf")
        let configuration = """
            \(certificates.map(tlsLines) ?? "port \(sentinelPort)")
            bind 127.0.0.1
            dir \(folder.path)
            requirepass \(Self.sentinelPassword)
            sentinel monitor \(Self.service) 127.0.0.1 \(masterPort) 1
            sentinel auth-pass \(Self.service) \(Self.password)
            sentinel down-after-milliseconds \(Self.service) 500
            sentinel failover-timeout \(Self.service) 5000

            """
        // The sentinel rewrites this file.
        try folder.write(configuration, to: "sentinel.conf")
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
        _ = try await Subprocess.run(
            .name("setpriv"),
            arguments: Arguments(["--pdeathsig", "KILL", "--", "redis-server", file.string, "--sentinel"]),
            platformOptions: options, input: .none, output: .sequence, error: .combinedWithOutput
        ) { execution in
            for try await line in execution.standardOutput.strings() { report.yield(line) }
        }
        report.finish()
    }
}

/// Free TCP ports for servers without a Unix socket.
package enum FreePort {
    /// Returns different free ports of `127.0.0.1`. The caller should listen soon.
    ///
    /// The system reuses a port only after all others, so it is unlikely to assign one of these in the meantime.
    package static func find(_ count: Int) throws -> [UInt16] {
        let sockets = (0..<count).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }
        defer { for socket in sockets where socket >= 0 { close(socket) } }
        return try sockets.map(port)
    }

    private static func port(of socket: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw Errno(rawValue: errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}
