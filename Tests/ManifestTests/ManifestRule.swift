import Yams

/// A rule for all objects of an overlay together.
struct ManifestRule: Sendable, CustomStringConvertible {
    /// The rule as a sentence.
    let name: String

    /// The violations, one sentence each.
    let faults: @Sendable (_ manifests: [RenderedObject]) -> [String]

    var description: String { name }

    /// Every rule.
    static let all =
        podSecurity + containers + identities + workers + networks + objects + references

    /// A rule for each pod.
    static func pods(_ name: String, _ faults: @escaping @Sendable (Pods) -> [String]) -> ManifestRule {
        ManifestRule(name: name) { manifests in
            manifests.compactMap(\.pods).flatMap { pods in faults(pods).map { "\(pods.owner.title): \($0)" } }
        }
    }

    /// A rule for each container, including init containers.
    static func eachContainer(
        _ name: String, _ faults: @escaping @Sendable (Container) -> [String]
    ) -> ManifestRule {
        ManifestRule(name: name) { manifests in
            manifests.compactMap(\.pods).flatMap(\.allContainers).flatMap { container in
                faults(container).map { "\(container.title): \($0)" }
            }
        }
    }
}

// Labels, and the namespace.
extension ManifestRule {
    static let objects = [
        ManifestRule(name: "everything is in the namespace") { manifests in
            manifests.filter {
                !["Namespace", "PriorityClass"].contains($0.kind)
                    && $0.node.text("metadata", "namespace") != "atmos-explorer"
            }.map { "\($0.title) is in another namespace" }
        },
        ManifestRule(name: "all objects carry the part-of label") { manifests in
            manifests.filter { $0.labels["app.kubernetes.io/part-of"] != "atmos-explorer" }
                .map { "\($0.title) has no part-of label" }
        },
        pods("pods carry their name, and workers their exploration and queue") { pods in
            var wanted = ["app.kubernetes.io/name", "app.kubernetes.io/part-of"]
            if pods.areWorkers { wanted += ["atmos-explorer.io/exploration", "atmos-explorer.io/queue"] }
            let labels = pods.owner.labels
            return wanted.filter { pods.labels[$0] == nil || pods.labels[$0] != labels[$0] }
                .map { "the label \($0) is missing, or differs from the object's label" }
        },
        ManifestRule(name: "the namespace enforces the restricted profile") { manifests in
            manifests.contains {
                $0.kind == "Namespace" && $0.labels["pod-security.kubernetes.io/enforce"] == "restricted"
            } ? [] : ["the namespace does not enforce the restricted profile"]
        },
        ManifestRule(name: "the namespace has a quota for all requests and limits that pods set") { manifests in
            let quotas = manifests.filter { $0.kind == "ResourceQuota" }
            let bounded = quotas.compactMap { $0.node.at("spec", "hard")?.fields }.flatMap(\.keys)
            let wanted = ["pods", "requests.cpu", "requests.memory", "limits.memory", "count/jobs.batch"]
            return wanted.filter { !bounded.contains($0) }.map { "no quota for \($0)" }
                + (bounded.contains("limits.cpu") ? ["limits.cpu has a quota, so that no pod could start"] : [])
        },
        ManifestRule(name: "no secret is among the manifests") { manifests in
            manifests.filter { $0.kind == "Secret" }.map { "\($0.title) is among the manifests" }
        },
        ManifestRule(name: "KEDA uses the strategies accurate and gradual") { manifests in
            manifests.filter { $0.kind == "ScaledJob" }.flatMap { job in
                (job.node.text("spec", "scalingStrategy", "strategy") == "accurate"
                    ? [] : ["the strategy is not accurate"])
                    + (job.node.text("spec", "rollout", "strategy") == "gradual" ? [] : ["the rollout is not gradual"])
            }
        },
    ]
}

// Accounts and permissions.
extension ManifestRule {
    static let identities = [
        ManifestRule(name: "tokens are mounted only for accounts with a role") { manifests in
            let allowed = Set(
                manifests.filter { $0.kind == "RoleBinding" }.flatMap { $0.node.at("subjects")?.elements ?? [] }
                    .compactMap { $0.text("name") })
            let pods = manifests.compactMap(\.pods).filter { pods in
                pods.spec.at("automountServiceAccountToken")?.bool != false
                    && !allowed.contains(pods.spec.text("serviceAccountName") ?? "default")
            }
            let accounts = manifests.filter {
                $0.kind == "ServiceAccount" && $0.node.at("automountServiceAccountToken")?.bool != false
            }
            return pods.map { "\($0.owner.title) mounts a token without a role" }
                + accounts.map { "\($0.title) gives its token to every pod" }
        },
        ManifestRule(name: "each component has a separate account") { manifests in
            manifests.compactMap(\.pods).compactMap { pods in
                pods.spec.text("serviceAccountName") == pods.part
                    ? nil : "\(pods.owner.title) runs as \(pods.spec.text("serviceAccountName") ?? "default")"
            }
        },
        ManifestRule(name: "roles have no wildcards, and none reads secrets") { manifests in
            manifests.filter { $0.kind == "Role" }.flatMap { role in
                (role.node.at("rules")?.elements ?? []).flatMap { rule in
                    let words = ["apiGroups", "resources", "verbs"].flatMap { rule.at($0)?.texts ?? [] }
                    return (words.contains("*") ? ["\(role.title) has a wildcard"] : [])
                        + (words.contains("secrets") ? ["\(role.title) reads secrets"] : [])
                        + (words.contains("pods/exec") ? ["\(role.title) runs commands in pods"] : [])
                }
            }
        },
        ManifestRule(name: "no permissions exist beyond the namespace") { manifests in
            manifests.filter { $0.kind == "ClusterRole" || $0.kind == "ClusterRoleBinding" }
                .map { "\($0.title) exists" }
        },
    ]
}

// Network policies.
extension ManifestRule {
    static let networks = [
        ManifestRule(name: "all traffic is denied by default") { manifests in
            let denies = manifests.contains { policy in
                policy.kind == "NetworkPolicy" && policy.node.at("spec", "podSelector")?.mapping?.isEmpty == true
                    && Set(policy.node.at("spec", "policyTypes")?.texts ?? []) == ["Ingress", "Egress"]
                    && policy.node.at("spec", "ingress") == nil && policy.node.at("spec", "egress") == nil
            }
            return denies ? [] : ["no NetworkPolicy denies everything in both directions"]
        },
        ManifestRule(name: "workers never reach the ledger") { manifests in
            let allowed = ["atmos-sql-client", "atmos-master", "atmos-starter", "atmos-scaler", "mariadb"]
            return openings(manifests, port: 3306).filter { !Set($0).isSubset(of: allowed) }
                .map { "port 3306 is open for \($0.joined(separator: ", "))" }
        },
        ManifestRule(name: "policies name peers and ports") { manifests in
            manifests.filter { $0.kind == "NetworkPolicy" }.flatMap { policy in
                let rules = ["ingress", "egress"].flatMap { policy.node.at("spec", $0)?.elements ?? [] }
                return rules.filter { ($0.at("from") ?? $0.at("to")) == nil || $0.at("ports") == nil }
                    .map { _ in "\(policy.title) opens every port, or for every peer" }
            }
        },
        ManifestRule(name: "nothing is reachable from outside the cluster") { manifests in
            manifests.filter { $0.kind == "Ingress" }.map { "\($0.title) exists" }
                + manifests.filter {
                    $0.kind == "Service" && !["ClusterIP", nil].contains($0.node.text("spec", "type"))
                }
                .map { "\($0.title) has an external address" }
        },
    ]

    /// The components for which policies open a port.
    private static func openings(_ manifests: [RenderedObject], port: Int) -> [[String]] {
        manifests.filter { policy in
            guard policy.kind == "NetworkPolicy" else { return false }
            let rules = ["ingress", "egress"].flatMap { policy.node.at("spec", $0)?.elements ?? [] }
            return rules.flatMap { $0.at("ports")?.elements ?? [] }.contains { $0.at("port")?.int == port }
        }.map { policy in
            let selector = policy.node.at("spec", "podSelector")
            if let name = selector?.text("matchLabels", "app.kubernetes.io/name") { return [name] }
            return selector?.at("matchExpressions", "0", "values")?.texts ?? ["every pod"]
        }
    }
}

// References between objects.
extension ManifestRule {
    /// Objects created by k8s/make-secrets, by cert-manager, or together with managed servers.
    private static let createdElsewhere: [String: Set<String>] = [
        "Secret": ["redis-passwords", "mariadb-passwords", "redis-tls", "mariadb-tls"],
        "ConfigMap": ["server-authorities"],
    ]

    static let references = [
        ManifestRule(name: "every ConfigMap, secret and account that a pod names exists") { manifests in
            let created = Set(manifests.map(\.title))
            return manifests.compactMap(\.pods).flatMap { pods in
                named(by: pods).filter { kind, name in
                    !created.contains("\(kind)/\(name)") && createdElsewhere[kind]?.contains(name) != true
                }.map { "\(pods.owner.title) names \($0)/\($1), which does not exist" }
            }
        },
        pods("every mounted volume exists, and every volume is mounted") { pods in
            let existing = Set((pods.spec.at("volumes")?.elements ?? []).compactMap { $0.text("name") })
            let claims = (pods.owner.node.at("spec", "volumeClaimTemplates")?.elements ?? [])
                .compactMap { $0.text("metadata", "name") }
            let mounted = Set(
                pods.allContainers.flatMap { $0.node.at("volumeMounts")?.elements ?? [] }.compactMap { $0.text("name") }
            )
            return mounted.subtracting(existing).subtracting(claims).sorted().map { "no volume \($0)" }
                + existing.subtracting(mounted).sorted().map { "the volume \($0) is not mounted" }
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
                    return name.map {
                        parts.contains($0) ? [] : ["\(manifest.title) selects \($0), which no pod carries"]
                    }
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
