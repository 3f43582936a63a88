/// A Lease: who leads, and since when.
package struct LeaseObject: KubernetesObject, Hashable {
    package static let resource = ResourceType.leases

    package struct Spec: Codable, Sendable, Hashable {
        /// Who leads; nil or empty for nobody.
        package var holderIdentity: String?
        /// How long after a renewal others must wait, in seconds.
        package var leaseDurationSeconds: Int?
        /// RFC 3339 with microseconds, by the holder's clock.
        package var acquireTime: String?
        package var renewTime: String?
        /// How often the holder changed.
        package var leaseTransitions: Int?

        package init() {}
    }

    package var apiVersion: String? = "coordination.k8s.io/v1"
    package var kind: String? = "Lease"
    package var metadata: ObjectMetadata
    package var spec: Spec?

    package init(metadata: ObjectMetadata, spec: Spec) {
        self.metadata = metadata
        self.spec = spec
    }
}
