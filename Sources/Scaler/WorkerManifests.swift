package import KubernetesClient
internal import Support
internal import Yams

/// Completes rendered manifests so that the created objects can be found by their labels, identified by their decision,
/// and deleted with their owner.
enum WorkerManifests {
    /// The longest name of a Job, since its pods carry it as a label.
    private static let maxNameLength = 63

    /// Checks and completes the manifests that were rendered for a decision.
    ///
    /// - Parameters:
    ///   - owner: the object with which they are deleted; `nil` for none.
    /// - Throws: ``ManifestError`` if a Job or its pods would not be counted afterwards: they would be created again and
    ///   again.
    static func prepared(
        _ rendered: [Manifest], decision: String, group: WorkerGroup, owner: ObjectMetadata.Owner?
    ) throws(ManifestError) -> [Manifest] {
        guard rendered.contains(where: \.isJob) else {
            throw ManifestError("the template contains no Job, so it creates no workers")
        }
        var prepared: [Manifest] = []
        for manifest in rendered {
            if manifest.isJob { try check(manifest, group) }
            if let namespace = manifest.namespace, namespace != group.namespace {
                throw ManifestError(
                    "the template's \(Manifest.excerpt(manifest.kind)) '\(manifest.name)' is in the namespace "
                        + "'\(namespace)', but workers are counted in '\(group.namespace)'; leave the namespace out")
            }
            prepared.append(
                try manifest.addingMetadata(
                    name: manifest.isJob ? name(of: manifest, decision) : nil,
                    labels: [Labels.managedBy: Labels.scaler, Labels.partOf: Labels.project],
                    annotations: [Annotations.decision: decision], owner: owner))
        }
        let names = prepared.map { "\(Manifest.excerpt($0.kind)) '\($0.name)'" }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw ManifestError("the template contains \(twice) twice; give each a unique name")
        }
        return prepared
    }

    private static func check(_ manifest: Manifest, _ group: WorkerGroup) throws(ManifestError) {
        for (name, value) in group.labels {
            for (what, labels) in [("", manifest.labels), ("pods of the ", manifest.podLabels)]
            where labels[name] != value {
                let found = labels[name].map { "'\(Manifest.excerpt($0))'" } ?? "nothing"
                throw ManifestError(
                    "the \(what)template's Job '\(manifest.name)' must carry the label \(name): \(value), found "
                        + "\(found); without it its workers would not be counted, and created again and again")
            }
        }
    }

    /// The name with the decision, so that the same decision always gives the same name; `nil` if the decision is
    /// already part of the name.
    private static func name(of manifest: Manifest, _ decision: String) -> String? {
        if manifest.name.contains(decision) { return nil }
        let start = manifest.name.prefix(maxNameLength - decision.utf8.count - 1)
        return "\(start)-\(decision)"
    }

    /// Checks a Job's pods beyond their labels.
    ///
    /// - Parameter point: the id of the point that the Job is for; `nil` if it is not for one point.
    /// - Returns: all problems, one sentence each.
    static func podProblems(of job: Manifest, point: String?) -> [String] {
        let spec = (try? Yams.compose(yaml: job.yaml))?["spec"]
        let pod = spec?["template"]?["spec"]
        var problems: [String] = []
        if pod?["restartPolicy"]?.string != "Never" {
            problems.append(
                "the pods of the Job '\(job.name)' must have restartPolicy: Never, which podFailurePolicy requires")
        }
        if pod?["containers"]?.sequence?.isEmpty ?? true {
            problems.append("the pods of the Job '\(job.name)' have no containers")
        }
        if let point { problems += pointProblems(of: job.name, spec, pod, point) }
        return problems
    }

    /// Checks that a Job for one point has one pod, which knows the point.
    private static func pointProblems(of name: String, _ spec: Node?, _ pod: Node?, _ point: String) -> [String] {
        var problems: [String] = []
        for key in ["parallelism", "completions"] where spec?[key].map({ $0.int != 1 }) ?? false {
            problems.append("the Job '\(name)' is for one point, so \(key) must be 1 or absent")
        }
        let containers = pod?["containers"]?.sequence ?? []
        let knowsPoint = containers.contains { container in
            container["env"]?.sequence?.contains {
                $0["name"] == Node(EnvironmentNames.point) && $0["value"]?.string == point
            } ?? false
                || ["command", "args"].contains { container[$0]?.sequence?.contains { $0.string == point } ?? false }
        }
        if !knowsPoint {
            problems.append(
                "no container of the Job '\(name)' receives its point, so its worker would run any point; set the "
                    + "variable \(EnvironmentNames.point) to {{ point.id }}")
        }
        return problems
    }
}

extension Manifest {
    /// Whether it is a Job.
    var isJob: Bool { kind == ResourceType.jobs.kind && apiVersion == ResourceType.jobs.apiVersion }
}

/// The workers of one exploration's queue, in one namespace.
package struct WorkerGroup: Sendable, Hashable {
    package let exploration: String
    /// The queue; `nil` for the workers of all queues.
    package let queue: String?
    package let namespace: String

    package init(exploration: String, queue: String?, namespace: String) {
        self.exploration = exploration
        self.queue = queue
        self.namespace = namespace
    }

    /// Selects their Jobs and pods.
    package var selector: LabelSelector {
        LabelSelector(labels)
    }

    /// The labels that all of them carry, with their values.
    var labels: [(String, String)] {
        [(Labels.name, Labels.worker), (Labels.exploration, exploration)] + (queue.map { [(Labels.queue, $0)] } ?? [])
    }
}

/// The labels by which the project's objects are found.
package enum Labels {
    /// The kind of pod, such as ``worker``.
    package static let name = "app.kubernetes.io/name"
    package static let partOf = "app.kubernetes.io/part-of"
    package static let managedBy = "app.kubernetes.io/managed-by"
    package static let exploration = "atmos-explorer.io/exploration"
    package static let queue = "atmos-explorer.io/queue"

    /// The value of ``partOf``.
    package static let project = "atmos-explorer"
    /// The value of ``managedBy`` on objects that the scaler created.
    package static let scaler = "atmos-scaler"
    /// The value of ``name`` on workers.
    package static let worker = "atmos-worker"
}

/// The annotations of the project's objects.
package enum Annotations {
    /// On a Job: the decision that it was created by.
    package static let decision = "atmos-explorer.io/decision"
    /// On a Job that was created for one point: the point.
    package static let point = "atmos-explorer.io/point"
    /// On the scaler's Deployment: `true` if it must not create Jobs.
    package static let suspended = "atmos-explorer.io/suspended"
    /// On the scaler's Deployment: the id of the suspension, if a client waits for its acknowledgement. On the scalers'
    /// Lease: the last suspension that a leader has acknowledged.
    package static let suspension = "atmos-explorer.io/suspension"
}
