import FoundationEssentials
import LocalStack
import RunLedger
import Subprocess
import SystemPackage
import TestSupport
import Testing
import Yams

/// The servers and roles of the overlay `local` as processes of this machine, with the users, environments and files of
/// the manifests.
struct ClusterFixture: Sendable {
    let folder: FilePath
    let secrets: Secrets
    let redis: PrivateRedis
    let redisPort: UInt16
    let mariaDB: PrivateMariaDB
    private let text: String

    /// The folder of the project's executables, which is that of the tests.
    static let executables: FilePath = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return FilePath(own ?? "/").removingLastComponent()
    }()

    /// Runs `body` with Redis and MariaDB, each with the users of the manifests' script.
    static func with(_ body: @Sendable (ClusterFixture) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        // Another user must be able to read it.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path.string)
        let text = try await Kustomize.text(of: Kustomize.Variant(overlay: "local"))
        let secrets = try await Secrets.create()
        let users = try await redisUsers(secrets, in: folder.path)
        let port = try FreePort.find(1)[0]
        let path = folder.path
        let options = ["--port", "\(port)", "--bind", "127.0.0.1", "--aclfile", users.string]
        try await TestRedis.withPrivateServer(options: options) { redis in
            try await TestMariaDB.withPrivateServer { mariaDB in
                let cluster = ClusterFixture(
                    folder: path, secrets: secrets, redis: redis, redisPort: port, mariaDB: mariaDB, text: text)
                try await cluster.createLedgerUsers()
                try await body(cluster)
            }
        }
    }

    /// A container of the overlay.
    func container(_ name: String, of title: String) throws -> (files: ContainerFiles, container: Container) {
        let manifests = try RenderedObject.all(in: text)
        let pods = try #require(manifests.first { $0.title == title }?.pods)
        let container = try #require(pods.allContainers.first { $0.name == name })
        return (ContainerFiles(manifests: manifests, secrets: secrets), container)
    }

    /// The environment of a container, with the addresses of the test servers.
    ///
    /// - Parameter root: the container's root folder as the process sees it; `nil` if it is `/`.
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

    /// Runs the command of a container until it ends.
    ///
    /// - Returns: the exit status and the text on standard error.
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
            environment: Self.complete(environment), platformOptions: options, input: .none, output: .discarded,
            error: .string(limit: 1 << 20))
        return (result.terminationStatus, result.standardError)
    }

    /// An environment without the variables of this process.
    static func complete(_ environment: [String: String]) -> Environment {
        .custom(Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(rawValue: $0)!, $1) }))
    }

    /// The URL of the ledger for a user of the manifests.
    func ledgerURL(as user: String) -> String {
        "mariadb://\(user):\(secrets.values["mariadb-passwords"]?[user] ?? "")@localhost/atmos?socket=\(ledgerSocket)"
    }

    /// Whether a user of MariaDB may execute a statement.
    func execute(_ statement: String, as user: String) async -> Bool {
        let password = secrets.values["mariadb-passwords"]?[user] ?? ""
        let command = #"MYSQL_PWD=$1 mariadb --no-defaults --socket="$2" --user="$3" --execute="$4" atmos"#
        return (try? await Self.shell(command, [password, socketPath, user, statement])) != nil
    }

    /// Runs a shell command, which must succeed.
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

    /// Writes the file of users that Redis starts with.
    private static func redisUsers(_ secrets: Secrets, in folder: FilePath) async throws -> FilePath {
        let passwords = folder.appending("redis-passwords")
        try secrets.write("redis-passwords", to: passwords)
        let script = Kustomize.root.pushing("k8s/base/redis/make-users.sh")
        let file = folder.appending("users.acl")
        try Files.write(try await shell(#"sh "$1" "$2""#, [script.string, passwords.string]), to: file)
        return file
    }

    /// Runs the manifests' script as the image's start-up script does.
    private func createLedgerUsers() async throws {
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

/// The secrets that `k8s/make-secrets` creates.
struct Secrets: Sendable {
    /// The values by name of the secret and key.
    let values: [String: [String: String]]

    /// Creates secrets with new passwords.
    static func create() async throws -> Secrets {
        let script = Kustomize.root.appending("k8s").appending("make-secrets")
        let result = try await Subprocess.run(
            .path(script), input: .none, output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else {
            throw ManifestTestError(description: "make-secrets failed: \(result.standardError)")
        }
        var values: [String: [String: String]] = [:]
        for manifest in try RenderedObject.all(in: result.standardOutput) {
            values[manifest.name] = (manifest.node.at("data")?.fields ?? [:]).compactMapValues { text in
                Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return Secrets(values: values)
    }

    /// Writes a secret's values into a folder, a file for each.
    func write(_ name: String, to folder: FilePath) throws {
        for (key, value) in values[name] ?? [:] { try Files.write(value, to: folder.appending(key)) }
    }
}

/// Files for the processes of a test.
enum Files {
    /// Writes a file that all users may read, and creates its folders.
    static func write(_ text: String, to file: FilePath) throws {
        try makeFolder(file.removingLastComponent())
        try Data(text.utf8).write(to: URL(filePath: file.string))
    }

    static func makeFolder(_ folder: FilePath) throws {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }
}

/// The command, environment and volumes of a container, as the node would provide them.
struct ContainerFiles {
    /// All rendered objects, for the ConfigMaps.
    let manifests: [RenderedObject]
    let secrets: Secrets

    /// The command of a container, with its arguments.
    func command(of container: Container) -> [String] {
        ["command", "args"].flatMap { container.node.at($0)?.texts ?? [] }
    }

    /// The environment of a container, without values that only the node knows.
    func environment(of container: Container) -> [String: String] {
        var environment: [String: String] = [:]
        for source in container.node.at("envFrom")?.elements ?? [] {
            environment.merge(configuration(source.text("configMapRef", "name") ?? "")) { $1 }
        }
        for variable in container.node.at("env")?.elements ?? [] {
            if let name = variable.text("name"), let value = variable.text("value") { environment[name] = value }
        }
        return environment
    }

    /// Creates the mounted folders of a container below `root`.
    func mount(_ container: Container, below root: FilePath) throws {
        let volumes = container.pods.spec.at("volumes")?.elements ?? []
        for mount in container.node.at("volumeMounts")?.elements ?? [] {
            guard let path = mount.text("mountPath"), mount.at("subPath") == nil else { continue }
            let folder = root.pushing(FilePath(String(path.dropFirst())))
            try Files.makeFolder(folder)
            guard let volume = volumes.first(where: { $0.text("name") == mount.text("name") }) else { continue }
            if volume.at("emptyDir") != nil {
                try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: folder.string)
            }
            for source in [volume] + (volume.at("projected", "sources")?.elements ?? []) {
                for (name, text) in files(of: source) { try Files.write(text, to: folder.appending(name)) }
            }
        }
    }

    private func files(of source: Node) -> [String: String] {
        if let name = source.text("configMap", "name") { return configuration(name) }
        guard let secret = source.at("secret"),
            let values = secrets.values[secret.text("secretName") ?? secret.text("name") ?? ""]
        else { return [:] }
        guard let items = secret.at("items")?.elements else { return values }
        var files: [String: String] = [:]
        for item in items { files[item.text("path") ?? ""] = values[item.text("key") ?? ""] }
        return files
    }

    private func configuration(_ name: String) -> [String: String] {
        manifests.first { $0.title == "ConfigMap/\(name)" }?.node.at("data")?.fields ?? [:]
    }
}
