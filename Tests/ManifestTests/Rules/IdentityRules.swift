import Yams

/// Who pods are to the API server, and what they may ask of it.
extension ManifestRule {
    static let identities = [
        ManifestRule(name: "a token is mounted only where a role goes with it") { manifests in
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
            return pods.map { "\($0.owner.title) mounts a token that it has no use for" }
                + accounts.map { "\($0.title) gives its token to every pod" }
        },
        ManifestRule(name: "each part has an account of its own") { manifests in
            manifests.compactMap(\.pods).compactMap { pods in
                pods.spec.text("serviceAccountName") == pods.part
                    ? nil : "\(pods.owner.title) runs as \(pods.spec.text("serviceAccountName") ?? "default")"
            }
        },
        ManifestRule(name: "roles name what they allow, and none reads secrets") { manifests in
            manifests.filter { $0.kind == "Role" }.flatMap { role in
                (role.node.at("rules")?.elements ?? []).flatMap { rule in
                    let words = ["apiGroups", "resources", "verbs"].flatMap { rule.at($0)?.texts ?? [] }
                    return (words.contains("*") ? ["\(role.title) allows everything of a kind"] : [])
                        + (words.contains("secrets") ? ["\(role.title) reads secrets"] : [])
                        + (words.contains("pods/exec") ? ["\(role.title) runs commands in pods"] : [])
                }
            }
        },
        ManifestRule(name: "nothing is allowed beyond the namespace") { manifests in
            manifests.filter { $0.kind == "ClusterRole" || $0.kind == "ClusterRoleBinding" }
                .map { "\($0.title) is there" }
        },
    ]
}
