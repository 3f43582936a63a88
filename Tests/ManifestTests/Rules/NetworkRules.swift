import Yams

/// Who may talk to whom.
extension ManifestRule {
    static let networks = [
        ManifestRule(name: "nobody talks to anybody unless a policy says so") { manifests in
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
        ManifestRule(name: "policies select pods and ports") { manifests in
            manifests.filter { $0.kind == "NetworkPolicy" }.flatMap { policy in
                let rules = ["ingress", "egress"].flatMap { policy.node.at("spec", $0)?.elements ?? [] }
                return rules.filter { ($0.at("from") ?? $0.at("to")) == nil || $0.at("ports") == nil }
                    .map { _ in "\(policy.title) opens every port, or for everybody" }
            }
        },
        ManifestRule(name: "nothing is reachable from outside the cluster") { manifests in
            manifests.filter { $0.kind == "Ingress" }.map { "\($0.title) is there" }
                + manifests.filter {
                    $0.kind == "Service" && !["ClusterIP", nil].contains($0.node.text("spec", "type"))
                }
                .map { "\($0.title) has an address outside" }
        },
    ]

    /// The parts of the system for which policies open a port.
    private static func openings(_ manifests: [Manifest], port: Int) -> [[String]] {
        manifests.filter { policy in
            guard policy.kind == "NetworkPolicy" else { return false }
            let rules = ["ingress", "egress"].flatMap { policy.node.at("spec", $0)?.elements ?? [] }
            return rules.flatMap { $0.at("ports")?.elements ?? [] }.contains { $0.at("port")?.int == port }
        }.map { policy in
            let selector = policy.node.at("spec", "podSelector")
            if let name = selector?.text("matchLabels", "app.kubernetes.io/name") { return [name] }
            return selector?.at("matchExpressions", "0", "values")?.texts ?? ["everybody"]
        }
    }
}
