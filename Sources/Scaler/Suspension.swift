package import KubernetesClient
package import Logging
internal import Support

/// A request that the scaler create no workers: an annotation on its Deployment, and another that its leader
/// acknowledges.
///
/// A client that suspends a scaler cannot know whether the leader is just creating a Job: the leader looked at the
/// Deployment before, and its request is on the way. So a suspension has an id, and the leader writes that id to its
/// Lease between two rounds. Then none of its requests is on the way, and each later round looks at the Deployment again.
///
/// The Lease is replaced in the version that names this leader, so a former leader cannot acknowledge. A later leader
/// looks at the Deployment before it creates anything. A leader that has lost its lead without noticing, and a scaler that
/// is started by hand, look at the Deployment again after they created Jobs, and delete these (``Scaler``).
struct Suspension: Sendable, Hashable {
    /// Unique for each suspension.
    let id: String

    init(id: String) {
        self.id = id
    }

    /// Creates a suspension with a new id.
    init() {
        var generator = SystemRandomNumberGenerator()
        id = Hexadecimal.encode((0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// The suspension that a client waits for; `nil` if the scaler is not suspended, or without an id.
    init?(of deployment: DeploymentObject) {
        guard deployment.isSuspended, let id = deployment.metadata.annotations?[Annotations.suspension] else {
            return nil
        }
        self.id = id
    }

    /// The annotations that suspend the scaler.
    var annotations: [String: String?] { [Annotations.suspended: "true", Annotations.suspension: id] }

    /// The annotations that resume the scaler.
    static let noAnnotations: [String: String?] = [Annotations.suspended: nil, Annotations.suspension: nil]

    /// Whether a leader has acknowledged it.
    func isAcknowledged(by lease: LeaseObject) -> Bool {
        lease.metadata.annotations?[Annotations.suspension] == id
    }
}

/// A merge patch of annotations.
struct AnnotationPatch: Encodable {
    struct Metadata: Encodable {
        /// Null removes an annotation.
        let annotations: [String: String?]
    }

    let metadata: Metadata

    init(_ annotations: [String: String?]) {
        metadata = Metadata(annotations: annotations)
    }
}

extension DeploymentObject {
    /// Whether the scaler that runs as this Deployment must not create workers.
    var isSuspended: Bool { metadata.annotations?[Annotations.suspended] == "true" }
}

/// Acknowledges suspensions on behalf of the leading scaler; see ``Suspension``.
package struct SuspensionAcknowledger: Sendable {
    private let client: KubernetesClient
    private let namespace: String
    private let deployment: String
    private let lease: String
    private let identity: String
    private let logger: Logger

    /// The attempts to replace the Lease, which the leader renews concurrently.
    private static let maxAttempts = 5

    /// - Parameters:
    ///   - deployment: the Deployment that the scaler runs as.
    ///   - lease: the Lease by which it leads.
    ///   - identity: its name in the Lease.
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

    /// Acknowledges a suspension, if there is one. The leader must call it between two rounds, when none of its requests
    /// is on the way.
    ///
    /// - Throws: ``KubernetesError``.
    package func acknowledge() async throws {
        guard let own = try await client.find(DeploymentObject.self, deployment, in: namespace),
            let suspension = Suspension(of: own)
        else { return }
        for _ in 0..<Self.maxAttempts {
            var current = try await client.get(LeaseObject.self, lease, in: namespace)
            guard current.spec?.holderIdentity == identity, !suspension.isAcknowledged(by: current) else { return }
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

/// Decides when a suspension has taken effect: pure, with the time as a parameter.
struct SuspensionWatch: Sendable {
    private var watch = LeaseWatch(staleAfter: LeaderElection.Timing().duration)

    /// Whether no leader can be creating Jobs any more: either the leader has acknowledged the suspension, or there is no
    /// leader, and the next one sees the suspension before it creates anything.
    ///
    /// - Parameters:
    ///   - suspension: the current one; an earlier suspension is covered by a later one. `nil` if the Deployment is gone.
    ///   - lease: the scalers' Lease; `nil` if there is none.
    ///   - now: the time before the Lease was requested.
    mutating func isInEffect(
        _ suspension: Suspension?, lease: LeaseObject?, at now: ContinuousClock.Instant
    ) -> Bool {
        guard let lease else { return true }
        return suspension?.isAcknowledged(by: lease) == true || watch.holder(of: lease, at: now) == nil
    }
}
