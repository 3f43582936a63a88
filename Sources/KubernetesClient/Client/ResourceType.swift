internal import HTTPClient

/// A kind of object of the Kubernetes API, and where the server keeps such objects.
package struct ResourceType: Sendable, Hashable {
    /// Group and version: `batch/v1`, or `v1` for the core group.
    package let apiVersion: String
    /// As manifests call it: `Job`.
    package let kind: String
    /// As paths call it: `jobs`.
    package let plural: String
    /// Whether such objects live in a namespace.
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

    /// Those that are known without asking the server.
    static let known = [jobs, pods, events, configMaps, leases, deployments]

    /// The path of a group and version: `/apis/batch/v1`.
    static func root(of apiVersion: String) -> String {
        (apiVersion.contains("/") ? "/apis/" : "/api/")
            + PercentEncoding.encode(apiVersion, keepsSlashes: true)
    }

    /// The path of the objects in a namespace, or of one of them.
    func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
        var path = Self.root(of: apiVersion)
        if isNamespaced, let namespace { path += "/namespaces/\(PercentEncoding.encode(namespace))" }
        path += "/\(plural)"
        if let name { path += "/\(PercentEncoding.encode(name))" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}
