import Yams

/// How workers come and go.
extension ManifestRule {
    static let workers = [
        job("a worker that ends is not started again in its pod") { job, pods in
            pods.spec.text("restartPolicy") == "Never" ? [] : ["restartPolicy is not Never"]
        },
        job("a wrong configuration ends the Job at once") { job, _ in
            let rule = (job.at("podFailurePolicy", "rules")?.elements ?? []).first
            return rule?.text("action") == "FailJob" && rule?.at("onExitCodes", "values")?.texts == ["78"]
                ? [] : ["the first rule of podFailurePolicy is not FailJob on 78"]
        },
        job("a disruption counts as no failure") { job, _ in
            let ignored = (job.at("podFailurePolicy", "rules")?.elements ?? []).filter { $0.text("action") == "Ignore" }
            let conditions = ignored.flatMap { $0.at("onPodConditions")?.elements ?? [] }.compactMap { $0.text("type") }
            let statuses = ignored.flatMap { $0.at("onExitCodes", "values")?.texts ?? [] }
            return (conditions.contains("DisruptionTarget") ? [] : ["DisruptionTarget is not ignored"])
                + (statuses.contains("143") ? [] : ["status 143 is not ignored"])
        },
        job("failures are bounded") { job, _ in
            job.at("backoffLimit")?.int == nil ? ["no backoffLimit"] : []
        },
        job("finished Jobs go away") { job, _ in
            job.at("ttlSecondsAfterFinished")?.int == nil ? ["no ttlSecondsAfterFinished"] : []
        },
        job("a Job is a work queue, whose workers decide when they are done") { job, _ in
            job.at("completions") == nil ? [] : ["completions are set"]
        },
        job("there is time to give a lease back, on Google's Spot machines 15 seconds") { _, pods in
            let grace = pods.spec.at("terminationGracePeriodSeconds")?.int ?? 30
            let isGoogleSpot = pods.spec.at("nodeSelector", "cloud.google.com/gke-spot") != nil
            return grace >= 15 && (!isGoogleSpot || grace == 15) ? [] : ["the grace period is \(grace) seconds"]
        },
        job("autoscalers leave a busy worker alone") { _, pods in
            (pods.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"
                ? [] : ["the cluster's autoscaler may evict it"])
                + (pods.annotations["karpenter.sh/do-not-disrupt"] == "true" ? [] : ["Karpenter may disrupt it"])
        },
        job("workers are spread where that is possible") { _, pods in
            let spread = pods.spec.at("topologySpreadConstraints")?.elements ?? []
            return !spread.isEmpty && spread.allSatisfy { $0.text("whenUnsatisfiable") == "ScheduleAnyway" }
                ? [] : ["no spread with ScheduleAnyway"]
        },
        job("the worker is injected: the model's image has nothing of ours") { _, pods in
            guard let model = pods.containers.first, pods.containers.count == 1 else { return ["not one container"] }
            let shared = (model.node.at("volumeMounts")?.elements ?? []).first { $0.text("mountPath") == "/opt/atmos" }
            let image = model.node.text("image")
            let record = (model.node.at("env")?.elements ?? []).first { $0.text("name") == "ATMOS_MODEL_IMAGE" }
            return
                (model.node.at("command")?.texts == ["/opt/atmos/bin/atmos-worker"]
                ? [] : ["its command is not the injected worker"])
                + (shared?.at("readOnly")?.bool == true ? [] : ["the worker's folder can be written to"])
                + (record?.text("value") == image ? [] : ["ATMOS_MODEL_IMAGE is not the container's image"])
        },
        ManifestRule(name: "workers give way and push nobody out") { manifests in
            let classes = manifests.filter { $0.kind == "PriorityClass" }
            return manifests.compactMap(\.pods).filter(\.areWorkers).compactMap { pods in
                let name = pods.spec.text("priorityClassName")
                let found = classes.first { $0.name == name }?.node
                return (found?.at("value")?.int ?? 0) < 0 && found?.text("preemptionPolicy") == "Never"
                    ? nil : "\(pods.owner.title) has no negative priority that never preempts"
            }
        },
        ManifestRule(name: "no disruption budget holds workers, and one holds each role that has replicas") {
            manifests in
            let budgets = manifests.filter { $0.kind == "PodDisruptionBudget" }
            let held = budgets.compactMap { $0.node.text("spec", "selector", "matchLabels", "app.kubernetes.io/name") }
            let open = budgets.filter { ($0.node.at("spec", "selector", "matchLabels")?.fields ?? [:]).isEmpty }
            let replicated = manifests.filter { ($0.node.at("spec", "replicas")?.int ?? 1) > 1 }.compactMap(
                \.pods?.part)
            return (held.contains("atmos-worker") ? ["a PodDisruptionBudget holds workers"] : [])
                + open.map { "\($0.title) holds every pod" }
                + replicated.filter { !held.contains($0) }.map { "no PodDisruptionBudget for \($0)" }
        },
    ]

    /// A rule about each Job of workers.
    private static func job(
        _ name: String, _ faults: @escaping @Sendable (_ job: Node, _ pods: Pods) -> [String]
    ) -> ManifestRule {
        pods(name) { pods in
            guard pods.areWorkers, let job = pods.owner.job else { return [] }
            return faults(job, pods)
        }
    }
}
