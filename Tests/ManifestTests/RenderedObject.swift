import Yams

/// One object of the YAML that kustomize renders.
struct RenderedObject {
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

    /// All objects of a YAML text.
    static func all(in text: String) throws -> [RenderedObject] {
        try compose_all(yaml: text).map { try RenderedObject($0) }
    }

    /// `KIND/NAME`, for messages.
    var title: String { "\(kind)/\(name)" }

    /// The labels of the object itself.
    var labels: [String: String] { node.at("metadata", "labels")?.fields ?? [:] }

    /// The path of the pod template; `nil` if the object creates no pods.
    var podTemplatePath: [String]? {
        switch kind {
        case "Deployment", "StatefulSet", "Job", "DaemonSet": ["spec", "template"]
        case "CronJob": ["spec", "jobTemplate", "spec", "template"]
        case "ScaledJob": ["spec", "jobTargetRef", "template"]
        case "Pod": []
        default: nil
        }
    }

    /// The specification of the Job that this object is or creates.
    var job: Node? {
        switch kind {
        case "Job": node.at("spec")
        case "ScaledJob": node.at("spec", "jobTargetRef")
        case "CronJob": node.at("spec", "jobTemplate", "spec")
        default: nil
        }
    }

    /// The pods that this object creates.
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

/// The pods of one object.
struct Pods {
    let owner: RenderedObject
    let template: Node

    var spec: Node { template.at("spec") ?? [:] }
    var labels: [String: String] { template.at("metadata", "labels")?.fields ?? [:] }
    var annotations: [String: String] { template.at("metadata", "annotations")?.fields ?? [:] }

    /// The component, from the label.
    var part: String { labels["app.kubernetes.io/name"] ?? "" }

    /// Whether these are workers.
    var areWorkers: Bool { part == "atmos-worker" }

    /// The containers without init containers.
    var containers: [Container] { list("containers") }

    /// The init containers and the others.
    var allContainers: [Container] { list("initContainers") + containers }

    private func list(_ key: String) -> [Container] {
        (spec.at(key)?.elements ?? []).map { Container(pods: self, node: $0) }
    }
}

/// One container of a pod.
struct Container {
    let pods: Pods
    let node: Node

    var name: String { node.text("name") ?? "" }

    /// `KIND/NAME: container NAME`, for messages.
    var title: String { "\(pods.owner.title): container \(name)" }
}

/// A failure of the tests themselves.
struct ManifestTestError: Error, CustomStringConvertible {
    let description: String
}

extension Node {
    /// The node at a path of keys and indices, such as `"spec", "containers", "0", "image"`; `nil` if there is none.
    func at(_ path: String...) -> Node? {
        var node = self
        for key in path {
            guard let next = node.child(key) else { return nil }
            node = next
        }
        return node
    }

    /// The text at a path.
    func text(_ path: String...) -> String? {
        var node: Node? = self
        for key in path { node = node?.child(key) }
        return node?.string
    }

    /// The elements of a sequence; empty for other nodes.
    var elements: [Node] { sequence.map(Array.init) ?? [] }

    /// The texts of a sequence.
    var texts: [String] { elements.compactMap(\.string) }

    /// The keys and values of a mapping that are texts.
    var fields: [String: String] {
        var fields: [String: String] = [:]
        for (key, value) in mapping ?? [:] {
            if let key = key.string, let value = value.string { fields[key] = value }
        }
        return fields
    }

    /// All scalars with their paths. A named element of a list has its name in the path, so the order of keys and of
    /// named elements does not matter.
    var leaves: Set<String> {
        if let mapping {
            return Set(mapping.flatMap { key, value in value.leaves.map { "\(key.string ?? "").\($0)" } })
        }
        if let sequence {
            return Set(
                sequence.enumerated().flatMap { index, element in
                    element.leaves.map { "\(element.text("name") ?? String(index)).\($0)" }
                })
        }
        return [string ?? ""]
    }

    /// A copy with another value at a path; `nil` removes the value. Missing mappings are created.
    func setting(_ path: ArraySlice<String>, to value: Node?) -> Node? {
        guard let key = path.first else { return value }
        let child = child(key)?.setting(path.dropFirst(), to: value) ?? Self.nested(path.dropFirst(), value)
        if var sequence, let index = Int(key) {
            if let child { sequence[index] = child } else { sequence.remove(at: index) }
            return .sequence(sequence)
        }
        var mapping = self.mapping ?? [:]
        mapping[key] = child
        return .mapping(mapping)
    }

    private static func nested(_ path: ArraySlice<String>, _ value: Node?) -> Node? {
        guard let key = path.first else { return value }
        return nested(path.dropFirst(), value).map { [Node(key): $0] }
    }

    private func child(_ key: String) -> Node? {
        if let sequence, let index = Int(key) { return sequence.indices.contains(index) ? sequence[index] : nil }
        return mapping?[key]
    }
}
