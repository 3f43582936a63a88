import Foundation
import HTTPClient
import KubernetesClient
import Logging
import Scaler
import SystemPackage
import TestSupport
import Testing
import Yams

/// A fake API server (`Tests/Servers/kubernetes.py`) with the kubeconfigs for the project's executables.
///
/// It requires a token, and the scaler's token has the permissions of the manifests' Role.
struct TestCluster: Sendable {
    /// A user, named after the token.
    enum User: String {
        case administrator
        case scaler
    }

    static let namespace = "atmos-explorer"
    static let logger = Logger.silent

    /// The administrator's client.
    let client: KubernetesClient
    private let port: Int
    private let folder: TemporaryFolder

    /// Runs a server with the project's namespace and the scaler's Deployment while `body` runs.
    ///
    /// - Parameter pods: the state that the server gives to pods of Jobs.
    static func run(pods: String = "pending", _ body: (TestCluster) async throws -> Void) async throws {
        let users = [User.administrator, .scaler].flatMap { ["--token", $0.rawValue] }
        try await PythonServer.run("kubernetes", users) { server in
            let cluster = try TestCluster(port: server.port)
            _ = try await cluster.client.create(
                Manifest(yaml: "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(namespace)}"), in: "default")
            _ = try await cluster.client.create(
                Manifest(
                    yaml: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: atmos-scaler}\nspec: {replicas: 1}"),
                in: namespace)
            try await cluster.configure("pods", [namespace: pods])
            try await cluster.configure("rights", [User.scaler.rawValue: scalerRights()])
            try await body(cluster)
        }
    }

    private init(port: Int) throws {
        self.port = port
        folder = try TemporaryFolder()
        for user in [User.administrator, .scaler] {
            try """
            apiVersion: v1
            kind: Config
            clusters: [{name: test, cluster: {server: "http://127.0.0.1:\(port)"}}]
            users: [{name: test, user: {token: \(user.rawValue)}}]
            contexts: [{name: test, context: {cluster: test, user: test}}]
            current-context: test
            """.write(
                toFile: folder.path.appending(user.rawValue).string, atomically: true, encoding: .utf8)
        }
        var configuration = try KubernetesConfiguration.load(
            kubeconfig: folder.path.appending(User.administrator.rawValue).string)
        configuration.proxy = .none
        client = KubernetesClient(configuration, logger: Self.logger)
    }

    /// The environment variables by which an executable finds the server.
    func environment(_ user: User) -> [String: String] {
        ["KUBECONFIG": folder.path.appending(user.rawValue).string, "no_proxy": "127.0.0.1"]
    }

    /// The scaler's permissions in the manifests, as `VERB PLURAL`.
    static func scalerRights() throws -> [String] {
        let file = "\(#filePath)".replacing(#/Tests/.*/#, with: "k8s/base/accounts.yaml")
        let role = try Yams.compose_all(yaml: String(contentsOfFile: file, encoding: .utf8)).first {
            $0["kind"]?.string == "Role" && $0["metadata"]?["name"]?.string == "atmos-scaler"
        }
        func texts(_ node: Node?) -> [String] { (node?.sequence ?? []).compactMap(\.string) }
        let rules = try #require(role?["rules"]?.sequence)
        return rules.flatMap { rule in
            texts(rule["verbs"]).flatMap { verb in texts(rule["resources"]).map { "\(verb) \($0)" } }
        }
    }

    /// The kinds of requests that a user has sent, as `VERB PLURAL`.
    func used(by user: User) async throws -> [String] {
        try JSONDecoder().decode([String: [String]].self, from: await control(.get, "used", nil))[user.rawValue] ?? []
    }

    /// The number of requests for the scaler's Deployment.
    func looksAtDeployment() async throws -> Int {
        struct Asked: Decodable { let method, path: String }
        return try JSONDecoder().decode([Asked].self, from: await control(.get, "requests", nil))
            .count { $0.method == "GET" && $0.path.hasSuffix("/deployments/atmos-scaler") }
    }

    func jobs() async throws -> [JobObject] {
        try await client.list(JobObject.self, in: Self.namespace).items
    }

    /// Ends a Job as the cluster does.
    ///
    /// - Parameter type: `Complete` or `Failed`.
    func end(_ job: JobObject, _ type: String) async throws {
        let condition = [
            "type": type, "status": "True", "reason": "Tested", "message": "so",
            "lastTransitionTime": "2999-11-20T21:00:00Z",
        ]
        try await client.patch(
            .jobs, job.metadata.name ?? "", in: Self.namespace, subresource: "status",
            with: ["status": ["conditions": [condition]]])
    }

    private func configure(_ what: String, _ value: some Encodable) async throws {
        _ = try await control(.post, what, Array(try JSONEncoder().encode(value)))
    }

    private func control(_ method: HTTPRequest.Method, _ what: String, _ body: [UInt8]?) async throws -> Data {
        var request = HTTPRequest(method, "http://127.0.0.1:\(port)/test/\(what)", body: body.map { .bytes($0) })
        request.proxy = .none
        return Data(try await HTTPClient().send(request).body)
    }
}

extension RoleFixture {
    /// Runs a subcommand of an executable for the exploration.
    ///
    /// - Parameter arguments: the subcommand and its options; with an old flag instead of a subcommand, only options.
    func subcommand(
        _ name: String, _ arguments: [String], environment: [String: String] = [:],
        started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> ProcessResult {
        let verb = arguments.prefix { !$0.hasPrefix("-") }.prefix(1)
        return try await Executables.run(
            name, Array(verb) + [run.file.string] + Array(arguments.dropFirst(verb.count)),
            environment: ["ATMOS_REDIS_URL": url].merging(environment) { $1 }, in: run.scratch.path, started: started)
    }
}
