import Yams

/// That what is named is there.
extension ManifestRule {
    /// What others than these manifests make: k8s/make-secrets, cert-manager, and whoever made managed servers.
    private static let madeElsewhere: [String: Set<String>] = [
        "Secret": ["redis-passwords", "mariadb-passwords", "redis-tls", "mariadb-tls"],
        "ConfigMap": ["server-authorities"],
    ]

    static let references = [
        ManifestRule(name: "every ConfigMap, secret and account that a pod names is there") { manifests in
            let made = Set(manifests.map(\.title))
            return manifests.compactMap(\.pods).flatMap { pods in
                named(by: pods).filter { kind, name in
                    !made.contains("\(kind)/\(name)") && madeElsewhere[kind]?.contains(name) != true
                }.map { "\(pods.owner.title) names \($0)/\($1), which is not there" }
            }
        },
        pods("every volume that is mounted is there, and every one that is there is mounted") { pods in
            let there = Set((pods.spec.at("volumes")?.elements ?? []).compactMap { $0.text("name") })
            let claims = (pods.owner.node.at("spec", "volumeClaimTemplates")?.elements ?? [])
                .compactMap { $0.text("metadata", "name") }
            let mounted = Set(
                pods.allContainers.flatMap { $0.node.at("volumeMounts")?.elements ?? [] }.compactMap { $0.text("name") }
            )
            return mounted.subtracting(there).subtracting(claims).sorted().map { "no volume \($0)" }
                + there.subtracting(mounted).sorted().map { "the volume \($0) is mounted nowhere" }
        },
        ManifestRule(name: "every selector selects pods") { manifests in
            let parts = Set(manifests.compactMap(\.pods?.part) + ["atmos-scaler"])
            return manifests.flatMap { manifest in
                [
                    "Service": ["selector"], "PodDisruptionBudget": ["selector", "matchLabels"],
                    "NetworkPolicy": ["podSelector", "matchLabels"],
                ][manifest.kind].map { path in
                    let selector = path.reduce(manifest.node.at("spec")) { $0?.at($1) }
                    let name = selector?.text("app.kubernetes.io/name")
                    return name.map { parts.contains($0) ? [] : ["\(manifest.title) selects \($0), of which none are"] }
                        ?? []
                } ?? []
            }
        },
    ]

    private static func named(by pods: Pods) -> [(kind: String, name: String)] {
        let volumes = pods.spec.at("volumes")?.elements ?? []
        let sources = volumes + volumes.flatMap { $0.at("projected", "sources")?.elements ?? [] }
        var named: [(String, String)] = sources.flatMap { source in
            [
                source.text("configMap", "name").map { ("ConfigMap", $0) },
                (source.text("secret", "secretName") ?? source.text("secret", "name")).map { ("Secret", $0) },
            ].compactMap(\.self)
        }
        for container in pods.allContainers {
            for source in container.node.at("envFrom")?.elements ?? [] {
                if let name = source.text("configMapRef", "name") { named.append(("ConfigMap", name)) }
            }
        }
        named.append(("ServiceAccount", pods.spec.text("serviceAccountName") ?? "default"))
        if let name = pods.spec.text("priorityClassName") { named.append(("PriorityClass", name)) }
        return named
    }
}
