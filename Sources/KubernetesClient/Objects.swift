internal import HTTPClient

/// An object of the API, with the fields that are used here.
package protocol KubernetesObject: Codable, Sendable {
    /// The kind of the object.
    static var resource: ResourceType { get }
    /// The object's metadata.
    var metadata: ObjectMetadata { get }
}

/// An object's identity, owner and version.
package struct ObjectMetadata: Codable, Sendable, Hashable {
    /// The owner with which the object is deleted.
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
    /// Unlike the name, never reused.
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

/// A condition in an object's status.
package struct ObjectCondition: Codable, Sendable, Hashable {
    package let type: String
    /// `True`, `False` or `Unknown`.
    package let status: String
    package let reason: String?
    package let message: String?
    /// RFC 3339.
    package let lastTransitionTime: String?

    /// Whether the status is `True`.
    package var isTrue: Bool { status == "True" }
}

/// A kind of objects in the Kubernetes API, and the path of these objects.
package struct ResourceType: Sendable, Hashable {
    /// Group and version: `batch/v1`, or `v1` for the core group.
    package let apiVersion: String
    /// The name in manifests: `Job`.
    package let kind: String
    /// The name in paths: `jobs`.
    package let plural: String
    /// Whether the objects belong to a namespace.
    package let isNamespaced: Bool

    package init(apiVersion: String, kind: String, plural: String, isNamespaced: Bool = true) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    package static let jobs = ResourceType(apiVersion: "batch/v1", kind: "Job", plural: "jobs")
    package static let pods = ResourceType(apiVersion: "v1", kind: "Pod", plural: "pods")
    package static let events = ResourceType(apiVersion: "v1", kind: "Event", plural: "events")
    package static let configMaps = ResourceType(apiVersion: "v1", kind: "ConfigMap", plural: "configmaps")
    package static let leases = ResourceType(apiVersion: "coordination.k8s.io/v1", kind: "Lease", plural: "leases")
    package static let deployments = ResourceType(apiVersion: "apps/v1", kind: "Deployment", plural: "deployments")

    /// The types that need no discovery request.
    static let known = [jobs, pods, events, configMaps, leases, deployments]

    /// Returns the path of a group and version: `/apis/batch/v1`.
    static func root(of apiVersion: String) -> String {
        (apiVersion.contains("/") ? "/apis/" : "/api/")
            + PercentEncoding.encode(apiVersion, keepsSlashes: true)
    }

    /// Returns the path of the objects in a namespace, or of one of them.
    func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
        var path = Self.root(of: apiVersion)
        if isNamespaced, let namespace { path += "/namespaces/\(PercentEncoding.encode(namespace))" }
        path += "/\(plural)"
        if let name { path += "/\(PercentEncoding.encode(name))" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

/// Selects the objects that have all of these labels.
package struct LabelSelector: Sendable, Hashable {
    /// `a=b,c=d`.
    package let text: String

    /// - Parameter labels: valid names and values, in the order of the selector.
    package init(_ labels: [(String, String)]) {
        text = labels.map { "\($0)=\($1)" }.joined(separator: ",")
    }
}

/// The version of the API server.
package struct ServerVersion: Decodable, Sendable, Hashable, CustomStringConvertible {
    /// `1`.
    package let major: String
    /// `34`; on some services `34+`.
    package let minor: String
    /// `v1.34.9`.
    package let gitVersion: String

    /// `v1.34.9`.
    package var description: String { gitVersion }
}

/// A Job, with the fields for its state.
package struct JobObject: KubernetesObject {
    package static let resource = ResourceType.jobs

    package struct Spec: Codable, Sendable {
        package var parallelism: Int?
        package var completions: Int?
        package var suspend: Bool?
    }

    package struct Status: Codable, Sendable {
        package var active: Int?
        package var succeeded: Int?
        package var failed: Int?
        package var conditions: [ObjectCondition]?
        /// RFC 3339; only for a completed Job.
        package var completionTime: String?
    }

    package var metadata: ObjectMetadata
    package var spec: Spec?
    package var status: Status?

    /// The state of a Job.
    package enum State: Sendable, Hashable {
        /// The Job has pods or will have them.
        case active
        /// The Job has no pods until it is resumed.
        case suspended
        case complete
        case failed
    }

    /// The state. A Job that is about to complete or fail still has pods and is active.
    package var state: State {
        if condition("Failed") != nil { return .failed }
        if condition("Complete") != nil { return .complete }
        return spec?.suspend == true ? .suspended : .active
    }

    /// The time of completion or failure in RFC 3339; `nil` while the Job is active.
    package var endTime: String? {
        status?.completionTime ?? condition("Failed")?.lastTransitionTime ?? condition("Complete")?.lastTransitionTime
    }

    /// Returns the condition of a type if it is true.
    package func condition(_ type: String) -> ObjectCondition? {
        status?.conditions?.first { $0.type == type && $0.isTrue }
    }
}

/// A pod, with the fields for its state.
package struct PodObject: KubernetesObject {
    package static let resource = ResourceType.pods

    package struct Spec: Codable, Sendable {
        package var nodeName: String?
    }

    package struct Status: Codable, Sendable {
        /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
        package var phase: String?
        /// The reason for the pod's phase: `Evicted`, `Preempted`.
        package var reason: String?
        package var message: String?
        package var conditions: [ObjectCondition]?
        package var containerStatuses: [Container]?
        package var initContainerStatuses: [Container]?
    }

    package struct Container: Codable, Sendable {
        package struct State: Codable, Sendable {
            package var waiting: Waiting?
            package var terminated: Terminated?
        }

        package struct Waiting: Codable, Sendable {
            package var reason: String?
            package var message: String?
        }

        package struct Terminated: Codable, Sendable {
            package var exitCode: Int
            package var signal: Int?
            package var reason: String?
            package var message: String?
        }

        package var name: String
        package var state: State?
        package var lastState: State?
    }

    package var metadata: ObjectMetadata
    package var spec: Spec?
    package var status: Status?

    /// Whether the pod has ended or is being deleted.
    package var isOver: Bool {
        metadata.deletionTimestamp != nil || status?.phase == "Succeeded" || status?.phase == "Failed"
    }

    /// The name of the pod's Job.
    package var jobName: String? {
        metadata.ownerReferences?.first { $0.kind == "Job" }?.name ?? metadata.labels?["batch.kubernetes.io/job-name"]
    }
}

/// A Deployment, with its metadata only.
package struct DeploymentObject: KubernetesObject {
    package static let resource = ResourceType.deployments

    package var metadata: ObjectMetadata
}

/// A Lease with its holder.
package struct LeaseObject: KubernetesObject, Hashable {
    package static let resource = ResourceType.leases

    package struct Spec: Codable, Sendable, Hashable {
        /// The holder; `nil` or empty for none.
        package var holderIdentity: String?
        /// The time after a renewal during which others wait, in seconds.
        package var leaseDurationSeconds: Int?
        /// RFC 3339 with microseconds, by the holder's clock.
        package var acquireTime: String?
        package var renewTime: String?
        /// The number of changes of the holder.
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

/// An event of an object, as shown by `kubectl describe`.
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
    /// The object.
    package var involvedObject: Reference
    /// One word, such as `FailedCreate`.
    package var reason: String?
    package var message: String?
    /// `Normal` or `Warning`.
    package var type: String?
    package var source: Source?
    /// RFC 3339.
    package var firstTimestamp: String?
    package var lastTimestamp: String?
    package var count: Int?
    /// The reporting program and its instance.
    package var reportingComponent: String?
    package var reportingInstance: String?

    package init(metadata: ObjectMetadata, involvedObject: Reference) {
        self.metadata = metadata
        self.involvedObject = involvedObject
    }
}
