/// A Deployment, as far as the scaler needs its own.
package struct DeploymentObject: KubernetesObject {
    package static let resource = ResourceType.deployments

    package var metadata: ObjectMetadata
}
