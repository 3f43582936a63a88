/// Something that happened to an object: what `kubectl describe` shows last.
package struct EventObject: KubernetesObject {
    package static let resource = ResourceType.events

    package struct Reference: Codable, Sendable, Hashable {
        package var apiVersion: String?
        package var kind: String?
        package var namespace: String?
        package var name: String?
        package var uid: String?

        package init(apiVersion: String?, kind: String?, namespace: String?, name: String?, uid: String?) {
            self.apiVersion = apiVersion
            self.kind = kind
            self.namespace = namespace
            self.name = name
            self.uid = uid
        }
    }

    package struct Source: Codable, Sendable, Hashable {
        package var component: String?

        package init(component: String?) {
            self.component = component
        }
    }

    package var apiVersion: String? = "v1"
    package var kind: String? = "Event"
    package var metadata: ObjectMetadata
    /// What it happened to.
    package var involvedObject: Reference
    /// One word: `FailedCreate`.
    package var reason: String?
    package var message: String?
    /// `Normal` or `Warning`.
    package var type: String?
    package var source: Source?
    /// RFC 3339.
    package var firstTimestamp: String?
    package var lastTimestamp: String?
    package var count: Int?
    /// Who says so: the program, and which one of it.
    package var reportingComponent: String?
    package var reportingInstance: String?

    package init(metadata: ObjectMetadata, involvedObject: Reference) {
        self.metadata = metadata
        self.involvedObject = involvedObject
    }
}
