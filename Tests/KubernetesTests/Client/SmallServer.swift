import FoundationEssentials
import HTTPClient
import Logging
import TestSupport

@testable import KubernetesClient
@testable import Scaler

/// The small API server of `Tests/Servers/kubernetes.py`.
struct SmallServer: Sendable {
    /// What it was asked.
    struct Asked: Decodable, Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: String
        /// Seconds, by its monotonic clock.
        let time: Double
    }

    /// What goes wrong, and with which requests.
    struct Fault: Encodable {
        /// A regular expression for `METHOD PATH?QUERY`.
        let match: String
        var times = 1
        /// Nil to break the connection.
        var status: Int?
        var reason: String?
        var headers: [String: String] = [:]
        /// Whether the request is carried out before.
        var after = false
    }

    let port: Int

    /// One that lives as long as the process and lets everybody in. Each test has a namespace of its own there.
    static func shared() async throws -> SmallServer {
        try await sharedServer.value
    }

    // Owned by the process, as the server is.
    private static let sharedServer = Task { SmallServer(port: try await PythonServer.start("kubernetes").port) }

    /// One of its own for a test that changes what concerns all of it.
    static func run<Value: Sendable>(
        _ arguments: [String] = [], _ body: (SmallServer) async throws -> Value
    ) async throws -> Value {
        try await PythonServer.run("kubernetes", arguments) { try await body(SmallServer(port: try $0.port)) }
    }

    func configuration(_ credentials: CredentialSource = .none) throws -> KubernetesConfiguration {
        try KubernetesConfiguration(
            server: "http://127.0.0.1:\(port)", proxy: .none, credentials: credentials, origin: "the test")
    }

    func client(_ credentials: CredentialSource = .none) throws -> KubernetesClient {
        KubernetesClient(try configuration(credentials), retries: Self.impatient, logger: Self.logger)
    }

    /// A client, and a namespace that nobody else uses.
    func place() async throws -> (KubernetesClient, String) {
        let client = try client()
        return (client, try await Self.makeNamespace(client))
    }

    static func makeNamespace(_ client: KubernetesClient) async throws -> String {
        let name = "atmos-test-\(UInt32.random(in: 0...UInt32.max))"
        _ = try await client.create(
            Manifest(yaml: "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name)}"), in: "default")
        return name
    }

    static let impatient = RetryPolicy(attempts: 4, base: .milliseconds(5), cap: .seconds(2))
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func fault(_ fault: Fault) async throws { try await tell("faults", fault) }

    /// Tells it something else.
    func tell(_ what: String, _ value: some Encodable) async throws {
        _ = try await control(.post, what, Array(try JSONEncoder().encode(value)))
    }

    /// What it was asked in a namespace, in order.
    func asked(in namespace: String = "") async throws -> [Asked] {
        let all = try JSONDecoder().decode([Asked].self, from: Data(try await control(.get, "requests", nil)))
        return all.filter { $0.path.contains(namespace) }
    }

    /// How many watches are open.
    func watchers() async throws -> Int {
        try JSONDecoder().decode(Int.self, from: Data(try await control(.get, "watchers", nil)))
    }

    private func control(_ method: HTTPRequest.Method, _ what: String, _ body: [UInt8]?) async throws -> [UInt8] {
        var request = HTTPRequest(method, "http://127.0.0.1:\(port)/test/\(what)", body: body.map { .bytes($0) })
        request.proxy = .none
        return try await HTTPClient().send(request).body
    }
}

/// Manifests that tests make objects of.
enum Sample {
    static func job(
        _ name: String, labels: String = "app: w", spec: String = "suspend: true", pod: String = "restartPolicy: Never"
    ) -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: \(name)
          labels: {\(labels)}
        spec:
          \(spec)
          template:
            metadata: {labels: {\(labels)}}
            spec:
              \(pod)
              containers:
                - {name: w, image: example.org/w, securityContext: {allowPrivilegeEscalation: false}}
        """
    }

    static func configMap(_ name: String, label: String, value: String = "1") -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), labels: {set: \(label)}}
        data: {value: "\(value)"}
        """
    }
}

/// A ConfigMap, for tests.
struct ConfigMapObject: KubernetesObject {
    static let resource = ResourceType.configMaps
    var metadata: ObjectMetadata
    var data: [String: String]?
}
