import FoundationEssentials
import HTTPClient
import Logging
import TestSupport

@testable import KubernetesClient
@testable import Scaler

/// The API server of `Tests/Servers/kubernetes.py`.
struct FakeAPIServer: Sendable {
    /// A request that the server received.
    struct ReceivedRequest: Decodable, Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: String
        /// Seconds of the server's monotonic clock.
        let time: Double
    }

    /// A fault and the requests that it affects.
    struct Fault: Encodable {
        /// A regular expression for `METHOD PATH?QUERY`.
        let match: String
        var times = 1
        /// The status of the response; `nil` to break the connection.
        var status: Int?
        var reason: String?
        var headers: [String: String] = [:]
        /// Whether the request is processed before the fault.
        var after = false
    }

    let port: Int

    /// Returns the server that runs as long as the process and accepts all clients. Each test uses a separate
    /// namespace.
    static func shared() async throws -> FakeAPIServer {
        try await sharedServer.value
    }

    // Runs as long as the process, like the server.
    private static let sharedServer = Task { FakeAPIServer(port: try await PythonServer.start("kubernetes").port) }

    /// Runs a separate server, for a test that changes its global state.
    static func run<Value: Sendable>(
        _ arguments: [String] = [], _ body: (FakeAPIServer) async throws -> Value
    ) async throws -> Value {
        try await PythonServer.run("kubernetes", arguments) { try await body(FakeAPIServer(port: try $0.port)) }
    }

    func configuration(_ credentials: CredentialSource = .none) throws -> KubernetesConfiguration {
        try KubernetesConfiguration(
            server: "http://127.0.0.1:\(port)", proxy: .none, credentials: credentials, origin: "the test")
    }

    func client(_ credentials: CredentialSource = .none) throws -> KubernetesClient {
        KubernetesClient(try configuration(credentials), retries: Self.fastRetries, logger: Self.logger)
    }

    /// Creates a unique namespace and returns it with a client.
    func makeTestNamespace() async throws -> (KubernetesClient, String) {
        let client = try client()
        return (client, try await Self.makeNamespace(client))
    }

    static func makeNamespace(_ client: KubernetesClient) async throws -> String {
        let name = "atmos-test-\(UInt32.random(in: 0...UInt32.max))"
        _ = try await client.create(
            Manifest(yaml: "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name)}"), in: "default")
        return name
    }

    static let fastRetries = RetryPolicy(attempts: 4, base: .milliseconds(5), cap: .seconds(2))
    static let logger = Logger.silent

    func inject(_ fault: Fault) async throws { try await control("faults", fault) }

    /// Sends a control command; `Tests/Servers/kubernetes.py` documents them.
    func control(_ command: String, _ value: some Encodable) async throws {
        _ = try await send(.post, command, Array(try JSONEncoder().encode(value)))
    }

    /// Returns the requests so far whose path contains the namespace.
    func requests(in namespace: String = "") async throws -> [ReceivedRequest] {
        let all = try JSONDecoder().decode([ReceivedRequest].self, from: Data(try await send(.get, "requests", nil)))
        return all.filter { $0.path.contains(namespace) }
    }

    /// Returns the number of open watches.
    func watchers() async throws -> Int {
        try JSONDecoder().decode(Int.self, from: Data(try await send(.get, "watchers", nil)))
    }

    private func send(_ method: HTTPRequest.Method, _ command: String, _ body: [UInt8]?) async throws -> [UInt8] {
        var request = HTTPRequest(method, "http://127.0.0.1:\(port)/test/\(command)", body: body.map { .bytes($0) })
        request.proxy = .none
        return try await HTTPClient().send(request).body
    }
}

/// Sample manifests.
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

/// A ConfigMap.
struct ConfigMapObject: KubernetesObject {
    static let resource = ResourceType.configMaps
    var metadata: ObjectMetadata
    var data: [String: String]?
}
