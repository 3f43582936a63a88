import Yams

/// One object of what kustomize made.
struct Manifest {
    let kind: String
    let name: String
    var node: Node

    init(_ node: Node) throws {
        guard let kind = node.text("kind"), let name = node.text("metadata", "name") else {
            throw ManifestTestError(description: "a document without a kind or a name")
        }
        self.kind = kind
        self.name = name
        self.node = node
    }

    /// All objects of a text of several documents.
    static func all(in text: String) throws -> [Manifest] {
        try compose_all(yaml: text).map { try Manifest($0) }
    }

    /// `KIND/NAME`, for messages.
    var title: String { "\(kind)/\(name)" }

    /// The labels of the object itself.
    var labels: [String: String] { node.at("metadata", "labels")?.fields ?? [:] }

    /// Where the pods that this object makes are described; nil where it makes none.
    var podTemplatePath: [String]? {
        switch kind {
        case "Deployment", "StatefulSet", "Job", "DaemonSet": ["spec", "template"]
        case "CronJob": ["spec", "jobTemplate", "spec", "template"]
        case "ScaledJob": ["spec", "jobTargetRef", "template"]
        case "Pod": []
        default: nil
        }
    }

    /// The Job that this object is or makes.
    var job: Node? {
        switch kind {
        case "Job": node.at("spec")
        case "ScaledJob": node.at("spec", "jobTargetRef")
        case "CronJob": node.at("spec", "jobTemplate", "spec")
        default: nil
        }
    }

    /// The pods that this object makes.
    var pods: Pods? {
        guard let path = podTemplatePath else { return nil }
        var template = node
        for key in path {
            guard let next = template.at(key) else { return nil }
            template = next
        }
        return Pods(owner: self, template: template)
    }
}

/// The pods of one object, as it describes them.
struct Pods {
    let owner: Manifest
    let template: Node

    var spec: Node { template.at("spec") ?? [:] }
    var labels: [String: String] { template.at("metadata", "labels")?.fields ?? [:] }
    var annotations: [String: String] { template.at("metadata", "annotations")?.fields ?? [:] }

    /// Which part of the system these are, by the label that says so.
    var part: String { labels["app.kubernetes.io/name"] ?? "" }

    /// Whether these are workers.
    var areWorkers: Bool { part == "atmos-worker" }

    /// Those that run.
    var containers: [Container] { list("containers") }

    /// Those that run, and those that come before them.
    var allContainers: [Container] { list("initContainers") + containers }

    private func list(_ key: String) -> [Container] {
        (spec.at(key)?.elements ?? []).map { Container(pods: self, node: $0) }
    }
}

/// One container of such pods.
struct Container {
    let pods: Pods
    let node: Node

    var name: String { node.text("name") ?? "" }

    /// `KIND/NAME: container NAME`, for messages.
    var title: String { "\(pods.owner.title): container \(name)" }
}

/// What went wrong in these tests themselves.
struct ManifestTestError: Error, CustomStringConvertible {
    let description: String
}
