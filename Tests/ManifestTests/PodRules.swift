import Yams

// The restricted Pod Security Standard, and read-only root file systems.
extension ManifestRule {
    static let podSecurity = [
        pods("pods do not share namespaces with the node") { pods in
            ["hostNetwork", "hostPID", "hostIPC"].filter { pods.spec.at($0)?.bool == true }.map { "\($0) is set" }
                + (pods.spec.at("securityContext", "sysctls") == nil ? [] : ["sysctls are set"])
        },
        pods("volumes are of kinds that the restricted profile allows") { pods in
            let known: Set = [
                "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
                "projected", "secret",
            ]
            return (pods.spec.at("volumes")?.elements ?? []).flatMap { volume in
                (volume.mapping?.keys.compactMap(\.string) ?? []).filter { $0 != "name" && !known.contains($0) }
                    .map { "the volume \(volume.text("name") ?? "") is a \($0)" }
            }
        },
        pods("pods run as a non-root user and group") { pods in
            let context = pods.spec.at("securityContext")
            let user = context?.at("runAsUser")?.int
            return (context?.at("runAsNonRoot")?.bool == true ? [] : ["runAsNonRoot is not true"])
                + ((user ?? 0) > 0 ? [] : ["runAsUser is 0 or missing"])
                + ((context?.at("runAsGroup")?.int ?? 0) > 0 ? [] : ["runAsGroup is 0 or missing"])
        },
        pods("pods use the runtime's seccomp profile") { pods in
            pods.spec.text("securityContext", "seccompProfile", "type") == "RuntimeDefault"
                ? [] : ["the seccomp profile is not RuntimeDefault"]
        },
        eachContainer("containers have no capabilities and cannot gain any") { container in
            let context = container.node.at("securityContext")
            return (context?.at("capabilities", "drop")?.texts == ["ALL"] ? [] : ["not all capabilities are dropped"])
                + (context?.at("capabilities", "add") == nil ? [] : ["capabilities are added"])
                + (context?.at("allowPrivilegeEscalation")?.bool == false
                    ? [] : ["allowPrivilegeEscalation is not false"])
                + (context?.at("privileged")?.bool == true ? ["privileged"] : [])
                + (context?.at("procMount") == nil ? [] : ["procMount is set"])
        },
        eachContainer("containers do not override their pod's security context") { container in
            let context = container.node.at("securityContext")
            return ["runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile"].filter { context?.at($0) != nil }
                .map { "\($0) is overridden" }
        },
        eachContainer("root file systems are read-only") { container in
            container.node.at("securityContext", "readOnlyRootFilesystem")?.bool == true
                ? [] : ["readOnlyRootFilesystem is not true"]
        },
        eachContainer("no container listens on the node") { container in
            (container.node.at("ports")?.elements ?? []).contains { ($0.at("hostPort")?.int ?? 0) != 0 }
                ? ["a hostPort is set"] : []
        },
    ]
}

// Images, resources, probes and secrets.
extension ManifestRule {
    static let containers = [
        eachContainer("images are named by digest") { container in
            let image = container.node.text("image") ?? ""
            let digest = image.split(separator: "@", maxSplits: 1).dropFirst().first ?? ""
            let hexadecimal = digest.dropFirst("sha256:".count)
            guard digest.hasPrefix("sha256:"), hexadecimal.utf8.count == 64,
                hexadecimal.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) })
            else { return ["the image \(image) has no digest"] }
            return []
        },
        eachContainer("no image has the tag latest") { container in
            (container.node.text("image") ?? "").contains(":latest") ? ["the image has the tag latest"] : []
        },
        eachContainer("processor time and memory are requested") { container in
            ["cpu", "memory"].filter { container.node.at("resources", "requests", $0) == nil }
                .map { "no request for \($0)" }
        },
        eachContainer("memory is limited, processor time is not") { container in
            let limits = container.node.at("resources", "limits")
            return (limits?.at("memory") == nil ? ["no limit of memory"] : [])
                + (limits?.at("cpu") == nil ? [] : ["a limit of processor time, which only slows the container down"])
        },
        pods("long-running containers have a liveness probe") { pods in
            guard pods.part != "atmos-starter" else { return [] }
            return pods.containers.filter { $0.node.at("livenessProbe") == nil }.map {
                "\($0.name) has no liveness probe"
            }
        },
        pods("serving containers have a readiness probe") { pods in
            guard pods.owner.job == nil else { return [] }
            return pods.containers.filter { $0.node.at("readinessProbe") == nil }
                .map { "\($0.name) has no readiness probe" }
        },
        pods("the roles' probes use the health port") { pods in
            guard pods.part.hasPrefix("atmos-") else { return [] }
            return pods.containers.flatMap { container in
                let health = (container.node.at("ports")?.elements ?? []).first { $0.text("name") == "health" }
                return ["livenessProbe": "/healthz", "readinessProbe": "/readyz"].compactMap { probe, path -> String? in
                    guard let asked = container.node.at(probe, "httpGet") else { return nil }
                    return asked.text("path") == path && asked.text("port") == "health"
                        && health?.at("containerPort")?.int == 8080 ? nil : "the \(probe) does not ask 8080\(path)"
                }
            }
        },
        eachContainer("secrets are files, never in the environment") { container in
            let variables = container.node.at("env")?.elements ?? []
            let named = variables.filter { $0.at("valueFrom", "secretKeyRef") != nil }
            let whole = (container.node.at("envFrom")?.elements ?? []).filter { $0.at("secretRef") != nil }
            let plain = variables.filter { variable in
                let name = variable.text("name") ?? ""
                return ["PASSWORD", "SECRET", "TOKEN"].contains { name.contains($0) } && !name.hasSuffix("_FILE")
            }
            return named.map { "\($0.text("name") ?? "") comes from a secret" }
                + whole.map { _ in "a whole secret is in the environment" }
                + plain.map { "\($0.text("name") ?? "") is in the environment" }
        },
    ]
}

// Worker Jobs.
extension ManifestRule {
    static let workers = [
        job("an ended worker is not restarted in its pod") { job, pods in
            pods.spec.text("restartPolicy") == "Never" ? [] : ["restartPolicy is not Never"]
        },
        job("a wrong configuration ends the Job at once") { job, _ in
            let rule = (job.at("podFailurePolicy", "rules")?.elements ?? []).first
            return rule?.text("action") == "FailJob" && rule?.at("onExitCodes", "values")?.texts == ["78"]
                ? [] : ["the first rule of podFailurePolicy is not FailJob on 78"]
        },
        job("a disruption does not count as a failure") { job, _ in
            let ignored = (job.at("podFailurePolicy", "rules")?.elements ?? []).filter { $0.text("action") == "Ignore" }
            let conditions = ignored.flatMap { $0.at("onPodConditions")?.elements ?? [] }.compactMap { $0.text("type") }
            let statuses = ignored.flatMap { $0.at("onExitCodes", "values")?.texts ?? [] }
            return (conditions.contains("DisruptionTarget") ? [] : ["DisruptionTarget is not ignored"])
                + ["71", "143"].filter { !statuses.contains($0) }.map { "status \($0) is not ignored" }
        },
        job("failures are bounded") { job, _ in
            job.at("backoffLimit")?.int == nil ? ["no backoffLimit"] : []
        },
        job("finished Jobs are deleted") { job, _ in
            job.at("ttlSecondsAfterFinished")?.int == nil ? ["no ttlSecondsAfterFinished"] : []
        },
        job("a Job has no completions: its workers decide when they are done") { job, _ in
            job.at("completions") == nil ? [] : ["completions are set"]
        },
        job("workers have time to release a lease, 15 seconds on Google's Spot machines") { _, pods in
            let grace = pods.spec.at("terminationGracePeriodSeconds")?.int ?? 30
            let isGoogleSpot = pods.spec.at("nodeSelector", "cloud.google.com/gke-spot") != nil
            return grace >= 15 && (!isGoogleSpot || grace == 15) ? [] : ["the grace period is \(grace) seconds"]
        },
        job("autoscalers do not evict busy workers") { _, pods in
            (pods.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false"
                ? [] : ["the cluster's autoscaler may evict it"])
                + (pods.annotations["karpenter.sh/do-not-disrupt"] == "true" ? [] : ["Karpenter may disrupt it"])
        },
        job("workers are spread if possible") { _, pods in
            let spread = pods.spec.at("topologySpreadConstraints")?.elements ?? []
            return !spread.isEmpty && spread.allSatisfy { $0.text("whenUnsatisfiable") == "ScheduleAnyway" }
                ? [] : ["no spread with ScheduleAnyway"]
        },
        job("the worker is injected into the model's unchanged image") { _, pods in
            guard let model = pods.containers.first, pods.containers.count == 1 else { return ["not one container"] }
            let shared = (model.node.at("volumeMounts")?.elements ?? []).first { $0.text("mountPath") == "/opt/atmos" }
            let image = model.node.text("image")
            let record = (model.node.at("env")?.elements ?? []).first { $0.text("name") == "ATMOS_MODEL_IMAGE" }
            return
                (model.node.at("command")?.texts == ["/opt/atmos/bin/atmos-worker"]
                ? [] : ["its command is not the injected worker"])
                + (shared?.at("readOnly")?.bool == true ? [] : ["the worker's folder is writable"])
                + (record?.text("value") == image ? [] : ["ATMOS_MODEL_IMAGE is not the container's image"])
        },
        ManifestRule(name: "workers have a negative priority and do not preempt") { manifests in
            let classes = manifests.filter { $0.kind == "PriorityClass" }
            return manifests.compactMap(\.pods).filter(\.areWorkers).compactMap { pods in
                let name = pods.spec.text("priorityClassName")
                let found = classes.first { $0.name == name }?.node
                return (found?.at("value")?.int ?? 0) < 0 && found?.text("preemptionPolicy") == "Never"
                    ? nil : "\(pods.owner.title) has no negative priority that never preempts"
            }
        },
        ManifestRule(name: "replicated roles have a disruption budget, and workers do not") {
            manifests in
            let budgets = manifests.filter { $0.kind == "PodDisruptionBudget" }
            let held = budgets.compactMap { $0.node.text("spec", "selector", "matchLabels", "app.kubernetes.io/name") }
            let open = budgets.filter { ($0.node.at("spec", "selector", "matchLabels")?.fields ?? [:]).isEmpty }
            // Also those that an overlay runs once: its users may add replicas.
            let replicated = manifests.filter { $0.kind == "Deployment" }.compactMap(\.pods?.part)
            return (held.contains("atmos-worker") ? ["a PodDisruptionBudget applies to workers"] : [])
                + open.map { "\($0.title) applies to every pod" }
                + replicated.filter { !held.contains($0) }.map { "no PodDisruptionBudget for \($0)" }
        },
    ]

    /// A rule for each Job of workers.
    private static func job(
        _ name: String, _ faults: @escaping @Sendable (_ job: Node, _ pods: Pods) -> [String]
    ) -> ManifestRule {
        pods(name) { pods in
            guard pods.areWorkers, let job = pods.owner.job else { return [] }
            return faults(job, pods)
        }
    }
}
