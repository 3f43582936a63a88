internal import KubernetesClient

/// Makes rendered manifests fit to be created: found again by their labels, told apart by their decision, owned.
enum WorkerManifests {
    /// The length that a Job's name may have, since its pods carry it as a label.
    private static let nameLimit = 63

    /// Checks and completes what was rendered for a decision.
    ///
    /// - Parameters:
    ///   - owner: with whom all of it is to be deleted; nil for nobody.
    /// - Throws: ``ManifestError`` where a Job or its pods would not be counted afterwards: they would be made again and
    ///   again.
    static func prepared(
        _ rendered: [Manifest], decision: String, group: WorkerGroup, owner: ObjectMetadata.Owner?
    ) throws(ManifestError) -> [Manifest] {
        guard rendered.contains(where: \.isJob) else {
            throw ManifestError("The template gives no Job, so no worker would come of it.")
        }
        var prepared: [Manifest] = []
        for manifest in rendered {
            if manifest.isJob { try check(manifest, group) }
            if let namespace = manifest.namespace, namespace != group.namespace {
                throw ManifestError(
                    "The template's \(Manifest.excerpt(manifest.kind)) '\(manifest.name)' is in the namespace '\(namespace)', but workers are "
                        + "counted in '\(group.namespace)'; leave the namespace out.")
            }
            prepared.append(
                try manifest.addingMetadata(
                    name: manifest.isJob ? name(of: manifest, decision) : nil,
                    labels: [Labels.managedBy: Labels.scaler, Labels.partOf: Labels.project],
                    annotations: [Annotations.decision: decision], owner: owner))
        }
        let names = prepared.map { "\(Manifest.excerpt($0.kind)) '\($0.name)'" }
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw ManifestError("The template gives \(twice) twice; give each a name of its own.")
        }
        return prepared
    }

    private static func check(_ manifest: Manifest, _ group: WorkerGroup) throws(ManifestError) {
        for (name, value) in group.labels {
            for (what, labels) in [("", manifest.labels), ("pods of the ", manifest.podLabels)]
            where labels[name] != value {
                let found = labels[name].map { "'\(Manifest.excerpt($0))'" } ?? "nothing"
                throw ManifestError(
                    "The \(what)template's Job '\(manifest.name)' must carry the label \(name): \(value), and there is \(found); "
                        + "without it its workers would not be counted, and made again and again.")
            }
        }
    }

    /// A name that is another for each decision, and the same whenever that is carried out.
    private static func name(of manifest: Manifest, _ decision: String) -> String? {
        if manifest.name.contains(decision) { return nil }
        let start = manifest.name.prefix(nameLimit - decision.utf8.count - 1)
        return "\(start)-\(decision)"
    }
}

extension Manifest {
    /// Whether it is a Job.
    var isJob: Bool { kind == ResourceType.jobs.kind && apiVersion == ResourceType.jobs.apiVersion }
}
