/// An object of the API, or as much of it as is of interest here.
package protocol KubernetesObject: Codable, Sendable {
    /// What kind of object it is.
    static var resource: ResourceType { get }
    /// Who it is.
    var metadata: ObjectMetadata { get }
}

/// Who an object is, whose it is, and which version of it this is.
package struct ObjectMetadata: Codable, Sendable, Hashable {
    /// Whose object it is: deleted with its owner.
    package struct Owner: Codable, Sendable, Hashable {
        package var apiVersion: String
        package var kind: String
        package var name: String
        package var uid: String
        package var controller: Bool?
        package var blockOwnerDeletion: Bool?

        package init(apiVersion: String, kind: String, name: String, uid: String) {
            self.apiVersion = apiVersion
            self.kind = kind
            self.name = name
            self.uid = uid
        }
    }

    package var name: String?
    package var namespace: String?
    /// Unlike the name never given twice.
    package var uid: String?
    /// Changes with every change of the object.
    package var resourceVersion: String?
    /// RFC 3339, by the server's clock.
    package var creationTimestamp: String?
    /// Set once the object is being deleted.
    package var deletionTimestamp: String?
    package var labels: [String: String]?
    package var annotations: [String: String]?
    package var ownerReferences: [Owner]?

    package init(name: String? = nil, namespace: String? = nil, labels: [String: String]? = nil) {
        self.name = name
        self.namespace = namespace
        self.labels = labels
    }
}

/// A condition in an object's status: whether something holds of it, and why.
package struct ObjectCondition: Codable, Sendable, Hashable {
    package let type: String
    /// `True`, `False` or `Unknown`.
    package let status: String
    package let reason: String?
    package let message: String?
    /// RFC 3339.
    package let lastTransitionTime: String?

    /// Whether it is said to hold.
    package var isTrue: Bool { status == "True" }
}
