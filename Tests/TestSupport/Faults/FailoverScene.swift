package import LocalStack
internal import Logging
internal import RedisClient
internal import Subprocess
internal import SystemPackage

/// A master, its replica and a sentinel that watches both, each with a password: for tests of fail-overs. With
/// certificates, all of them speak TLS only, also among themselves, and want to see their clients' certificates.
package final class FailoverScene: Sendable {
    /// The name by which the sentinel knows the service.
    package static let service = "scene"
    /// The password of the servers.
    package static let password = "server-secret"
    /// The password of the sentinel.
    package static let sentinelPassword = "sentinel-secret"

    /// The master at the beginning; once killed, it stays dead.
    package let master: PrivateRedis
    /// The replica at the beginning.
    package let replica: PrivateRedis
    /// The port of the sentinel on `127.0.0.1`.
    package let sentinelPort: UInt16
    /// The port of the replica on `127.0.0.1`.
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
        // Without its replica it takes no writing command: it would be lost with a promotion of the replica.
        let careful = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "10"]
        master = PrivateRedis(
            folder: folder.path.appending("a"), options: listening(masterPort) + careful + common)
        replica = PrivateRedis(
            folder: folder.path.appending("b"),
            options: listening(replicaPort) + ["--replicaof", "127.0.0.1", "\(masterPort)"] + common)
    }

    /// Runs `body` once the sentinel knows the master and the replica.
    ///
    /// - Parameter certificates: nil is without TLS.
    package static func run(
        _ certificates: TestCertificates? = nil, _ body: @Sendable (FailoverScene) async throws -> Void
    ) async throws {
        let scene = try FailoverScene(certificates)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for server in [scene.master, scene.replica] {
                group.addTask { try? await server.run() }
                try await server.waitUntilReady()
            }
            try await scene.waitForReplica()
            group.addTask { try await scene.watch() }
            await scene.wait(for: "+slave ")
            try await body(scene)
        }
    }

    /// Where clients are to ask, for `RedisConfiguration(url:)`; the sentinel's password is to be added.
    package var url: String {
        let place = "+sentinel://:\(Self.password)@127.0.0.1:\(sentinelPort)/\(Self.service)"
        guard let certificates else { return "redis\(place)" }
        let client = certificates.client
        return "rediss\(place)?ca=\(certificates.authority)&cert=\(client.certificate)&key=\(client.key)"
    }

    /// Waits until the sentinel has reported an event, such as `+switch-master`, that nobody waited for before.
    package func wait(for event: String) async {
        for await line in events where line.contains(event) { return }
    }

    /// Returns once the replica has all that the master had when this was called.
    package func waitForReplica() async throws {
        var configuration = try RedisConfiguration(url: master.url)
        configuration.password = Self.password
        let connection = try await RedisConnection.connect(to: configuration, logger: Logger(label: "failover-scene"))
        while try await connection.send("WAIT", "1", "1000").number != 1 {}
    }

    /// What makes the sentinel speak TLS, to clients and servers alike.
    private func secureLines(_ certificates: TestCertificates) -> String {
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
    private func watch() async throws {
        let file = folder.path.appending("sentinel.conf")
        let configuration = """
            \(certificates.map(secureLines) ?? "port \(sentinelPort)")
            bind 127.0.0.1
            dir \(folder.path)
            requirepass \(Self.sentinelPassword)
            sentinel monitor \(Self.service) 127.0.0.1 \(masterPort) 1
            sentinel auth-pass \(Self.service) \(Self.password)
            sentinel down-after-milliseconds \(Self.service) 500
            sentinel failover-timeout \(Self.service) 5000

            """
        // The sentinel rewrites its own configuration.
        let descriptor = try FileDescriptor.open(
            file, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try descriptor.closeAfter { _ = try descriptor.writeAll(configuration.utf8) }
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
