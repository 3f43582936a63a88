import Yams

/// What every object says of itself, and what the namespace says of all.
extension ManifestRule {
    static let objects = [
        ManifestRule(name: "everything is in the namespace") { manifests in
            manifests.filter {
                !["Namespace", "PriorityClass"].contains($0.kind)
                    && $0.node.text("metadata", "namespace") != "atmos-explorer"
            }.map { "\($0.title) is elsewhere" }
        },
        ManifestRule(name: "everything says what it is part of") { manifests in
            manifests.filter { $0.labels["app.kubernetes.io/part-of"] != "atmos-explorer" }
                .map { "\($0.title) does not say what it is part of" }
        },
        pods("pods say what they are, and workers what they work on") { pods in
            var wanted = ["app.kubernetes.io/name", "app.kubernetes.io/part-of"]
            if pods.areWorkers { wanted += ["atmos-explorer.io/exploration", "atmos-explorer.io/queue"] }
            let labels = pods.owner.labels
            return wanted.filter { pods.labels[$0] == nil || pods.labels[$0] != labels[$0] }
                .map { "the label \($0) is missing, or is not the object's own" }
        },
        ManifestRule(name: "the namespace refuses pods outside of the restricted profile") { manifests in
            manifests.contains {
                $0.kind == "Namespace" && $0.labels["pod-security.kubernetes.io/enforce"] == "restricted"
            } ? [] : ["the namespace does not enforce the restricted profile"]
        },
        ManifestRule(name: "what the namespace takes is bounded, but for limits that no pod has") { manifests in
            let quotas = manifests.filter { $0.kind == "ResourceQuota" }
            let bounded = quotas.compactMap { $0.node.at("spec", "hard")?.fields }.flatMap(\.keys)
            let wanted = ["pods", "requests.cpu", "requests.memory", "limits.memory", "count/jobs.batch"]
            return wanted.filter { !bounded.contains($0) }.map { "no bound of \($0)" }
                + (bounded.contains("limits.cpu") ? ["limits.cpu is bounded, so that no pod could start"] : [])
        },
        ManifestRule(name: "no password is written down") { manifests in
            manifests.filter { $0.kind == "Secret" }.map { "\($0.title) is among the manifests" }
        },
        ManifestRule(name: "under KEDA no work starves and no running Job is deleted") { manifests in
            manifests.filter { $0.kind == "ScaledJob" }.flatMap { job in
                (job.node.text("spec", "scalingStrategy", "strategy") == "accurate"
                    ? [] : ["the strategy is not accurate"])
                    + (job.node.text("spec", "rollout", "strategy") == "gradual" ? [] : ["the rollout is not gradual"])
            }
        },
    ]
}
