import FoundationEssentials
import LocalStack
import RunLedger
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The servers and roles of the overlay `local`, as processes of this machine: with the users, the environments and the
/// files that the manifests give them.
struct Cluster: Sendable {
    let folder: FilePath
    let secrets: Secrets
    let redisPort: UInt16
    let mariaDB: PrivateMariaDB
    private let text: String

    /// Where the project's executables were built: beside the tests.
    static let executables: FilePath = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return FilePath(own ?? "/").removingLastComponent()
    }()

    /// Runs `body` beside Redis and MariaDB, each with the users that its own script of the manifests makes.
    static func with(_ body: @Sendable (Cluster) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        // Another user has to get to what lies in there.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path.string)
        let text = try await Kustomize.text(of: Kustomize.Variant(overlay: "local"))
        let secrets = try await Secrets.make()
        let users = try await redisUsers(secrets, in: folder.path)
        let port = try FreePort.find(1)[0]
        let path = folder.path
        let options = ["--port", "\(port)", "--bind", "127.0.0.1", "--aclfile", users.string]
        try await TestRedis.withPrivateServer(options: options) { _ in
            try await TestMariaDB.withPrivateServer { mariaDB in
                let cluster = Cluster(
                    folder: path, secrets: secrets, redisPort: port, mariaDB: mariaDB, text: text)
                try await cluster.makeLedgerUsers()
                try await body(cluster)
            }
        }
    }

    /// A container of the overlay.
    func container(_ name: String, of title: String) throws -> (files: PodFiles, container: Container) {
        let manifests = try Manifest.all(in: text)
        let pods = try #require(manifests.first { $0.title == title }?.pods)
        let container = try #require(pods.allContainers.first { $0.name == name })
        return (PodFiles(manifests: manifests, secrets: secrets), container)
    }

    /// The environment that the manifests give to a container, but for where the servers are.
    ///
    /// - Parameter root: what the container takes for `/`, seen from the process; nil for that itself.
    func environment(of name: String, _ title: String, below root: FilePath? = nil) throws -> [String: String] {
        let (files, container) = try container(name, of: title)
        var environment = files.environment(of: container)
        for (name, value) in environment {
            if value.hasPrefix("/"), let root { environment[name] = root.string + value }
        }
        environment["ATMOS_REDIS_URL"] = environment["ATMOS_REDIS_URL"]?
            .replacing("@redis:6379", with: "@127.0.0.1:\(redisPort)")
        environment["ATMOS_MARIADB_URL"] = environment["ATMOS_MARIADB_URL"]?
            .replacing("@mariadb:3306/atmos", with: "@localhost/atmos?socket=\(ledgerSocket)")
        // No fixed ports in tests.
        environment["ATMOS_HEALTH_PORT"] = "0"
        return environment
    }

    /// Runs a role as one of its containers does, to its end.
    ///
    /// - Returns: its exit status and what it said on standard error.
    func run(
        _ name: String, of title: String, adding arguments: [String] = []
    ) async throws -> (status: TerminationStatus, errors: String) {
        let (files, container) = try container(name, of: title)
        let root = folder.appending(name)
        try files.mount(container, below: root)
        let command = files.command(of: container) + arguments
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
        let environment = try environment(of: name, title, below: root)
        let result = try await Subprocess.run(
            .path(Self.executables.appending(command[0])), arguments: Arguments(Array(command.dropFirst())),
            environment: Self.whole(environment), platformOptions: options, input: .none, output: .discarded,
            error: .string(limit: 1 << 20))
        return (result.terminationStatus, result.standardError)
    }

    /// Nothing of this process's environment, so that a container's is all there is.
    static func whole(_ environment: [String: String]) -> Environment {
        .custom(Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(rawValue: $0)!, $1) }))
    }

    /// The URL of the ledger for a user that the manifests make.
    func ledgerURL(as user: String) -> String {
        "mariadb://\(user):\(secrets.values["mariadb-passwords"]?[user] ?? "")@localhost/atmos?socket=\(ledgerSocket)"
    }

    /// Whether a user of MariaDB may do something.
    func execute(_ statement: String, as user: String) async -> Bool {
        let password = secrets.values["mariadb-passwords"]?[user] ?? ""
        let command = #"MYSQL_PWD=$1 mariadb --no-defaults --socket="$2" --user="$3" --execute="$4" atmos"#
        return (try? await Self.shell(command, [password, socketPath, user, statement])) != nil
    }

    /// Runs a shell command that has to succeed.
    static func shell(_ command: String, _ arguments: [String] = []) async throws -> String {
        let result = try await Subprocess.run(
            .name("bash"), arguments: Arguments(["-euc", command, "bash"] + arguments), input: .none,
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else {
            throw ManifestTestError(description: "\(command): \(result.terminationStatus) \(result.standardError)")
        }
        return result.standardOutput
    }

    private var socketPath: String { ledgerSocket.replacing("%2F", with: "/") }

    private var ledgerSocket: String {
        mariaDB.url.firstRange(of: "socket=").map { String(mariaDB.url[$0.upperBound...]) } ?? ""
    }

    /// The file of users that Redis is started with.
    private static func redisUsers(_ secrets: Secrets, in folder: FilePath) async throws -> FilePath {
        let passwords = folder.appending("redis-passwords")
        try secrets.write("redis-passwords", to: passwords)
        let script = Kustomize.root.pushing("k8s/base/redis/make-users.sh")
        let file = folder.appending("users.acl")
        try Files.write(try await shell(#"sh "$1" "$2""#, [script.string, passwords.string]), to: file)
        return file
    }

    /// What the image's start-up script does with the manifests' own script.
    private func makeLedgerUsers() async throws {
        let passwords = folder.appending("mariadb-passwords")
        try secrets.write("mariadb-passwords", to: passwords)
        let script = Kustomize.root.pushing("k8s/base/mariadb/make-users.sh")
        _ = try await Self.shell(
            """
            socket=$1
            docker_process_sql() { mariadb --no-defaults --user=root --socket="$socket"; }
            export MARIADB_PASSWORDS=$2
            . "$3"
            """, [socketPath, passwords.string, script.string])
    }
}
