package import KubernetesClient
package import Logging

/// The leading scaler's answer to whoever suspended it; see ``Suspension``.
package struct SuspensionAnswer: Sendable {
    private let client: KubernetesClient
    private let namespace: String
    private let deployment: String
    private let lease: String
    private let identity: String
    private let logger: Logger

    /// How often the Lease is tried to be written, which the leader itself renews meanwhile.
    private static let tries = 5

    /// - Parameters:
    ///   - deployment: what the scaler runs as.
    ///   - lease: the Lease that it leads by.
    ///   - identity: by what name.
    package init(
        client: KubernetesClient, namespace: String, deployment: String, lease: String, identity: String, logger: Logger
    ) {
        self.client = client
        self.namespace = namespace
        self.deployment = deployment
        self.lease = lease
        self.identity = identity
        self.logger = logger
    }

    /// Answers a suspension that waits for it. To be called by the leader between two rounds, when nothing that it asked for
    /// is on its way.
    ///
    /// - Throws: ``KubernetesError``.
    package func give() async throws {
        guard let own = try await client.find(DeploymentObject.self, deployment, in: namespace),
            let suspension = Suspension(of: own)
        else { return }
        for _ in 0..<Self.tries {
            var current = try await client.get(LeaseObject.self, lease, in: namespace)
            guard current.spec?.holderIdentity == identity, !suspension.isAnswered(by: current) else { return }
            current.metadata.annotations = (current.metadata.annotations ?? [:])
                .merging([Annotations.suspension: suspension.id]) { _, new in new }
            do {
                _ = try await client.replace(current, in: namespace)
                logger.notice("suspended", metadata: ["suspension": "\(suspension.id)"])
                return
            } catch let error as KubernetesError where error.code == .conflict {
                continue
            }
        }
    }
}
