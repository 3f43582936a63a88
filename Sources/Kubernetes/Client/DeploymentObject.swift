/// A Deployment, as far as the scaler needs its own.
package struct DeploymentObject: KubernetesObject {
    package static let resource = ResourceType.deployments

    package var metadata: ObjectMetadata

    /// Whether what runs as it is to make no workers.
    var isSuspended: Bool { metadata.annotations?[Annotations.suspended] == "true" }
}
