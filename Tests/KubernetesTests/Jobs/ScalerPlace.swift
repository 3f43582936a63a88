@testable import KubernetesClient
@testable import Scaler

/// A cluster, and what a scaler there is to do.
struct ScalerPlace {
    let server: FakeAPIServer
    let client: KubernetesClient
    let group: WorkerGroup

    /// - Parameter pods: what becomes of the pods of Jobs.
    init(pods: String) async throws {
        server = try await FakeAPIServer.shared()
        let namespace: String
        (client, namespace) = try await server.makeTestNamespace()
        group = WorkerGroup(exploration: "earth", queue: "main", namespace: namespace)
        try await server.control("pods", [namespace: pods])
    }

    func scaler(deployment: String? = nil, dryRun: Bool = false, retention: JobRetention = .init()) -> Scaler {
        Scaler(
            client: client, group: group, retention: retention, deployment: deployment, isDryRun: dryRun,
            logger: FakeAPIServer.logger)
    }

    /// A round that wants so many pods in all.
    @discardableResult
    func round(_ scaler: Scaler? = nil, wanted: Int, yaml: String? = nil) async throws -> ScalerRound {
        try await (scaler ?? self.scaler()).round { live in
            var policy = ScalingPolicy()
            policy.coolDown = .zero
            return ScalingDecision.decide(
                exploration: "earth", queue: "main", work: WorkLoad(ready: wanted, leased: 0), live: live,
                policy: policy)
        } render: { decision, _ in
            try Manifest.documents(in: yaml ?? Self.job(pods: decision.pods))
        }
    }

    static let labels =
        "app.kubernetes.io/name: atmos-worker, atmos-explorer.io/exploration: earth, atmos-explorer.io/queue: main"

    static func job(_ name: String = "worker", pods: Int, labels: String = labels, pod: String = "") -> String {
        Sample.job(
            name, labels: labels, spec: "parallelism: \(pods)", pod: "restartPolicy: Never\n      \(pod)")
    }

    func jobs() async throws -> [JobObject] {
        try await client.list(JobObject.self, in: group.namespace).items
    }

    func makeDeployment() async throws {
        _ = try await client.create(
            Manifest(
                yaml: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: atmos-scaler}\nspec: {replicas: 1}"),
            in: group.namespace)
    }

    func events() async throws -> [EventObject] {
        try await client.list(
            EventObject.self, in: group.namespace, fields: "involvedObject.kind=Deployment"
        ).items
    }
}
