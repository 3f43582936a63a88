import Yams

/// The restricted Pod Security Standard, and a root file system that nothing can be written to.
extension ManifestRule {
    static let podSecurity = [
        pods("pods share nothing of the node's") { pods in
            ["hostNetwork", "hostPID", "hostIPC"].filter { pods.spec.at($0)?.bool == true }.map { "\($0) is set" }
                + (pods.spec.at("securityContext", "sysctls") == nil ? [] : ["sysctls are set"])
        },
        pods("volumes are of the kinds that the restricted profile knows") { pods in
            let known: Set = [
                "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
                "projected", "secret",
            ]
            return (pods.spec.at("volumes")?.elements ?? []).flatMap { volume in
                (volume.mapping?.keys.compactMap(\.string) ?? []).filter { $0 != "name" && !known.contains($0) }
                    .map { "the volume \(volume.text("name") ?? "") is a \($0)" }
            }
        },
        pods("pods run as a user who is not root, in a group that is not root's") { pods in
            let context = pods.spec.at("securityContext")
            let user = context?.at("runAsUser")?.int
            return (context?.at("runAsNonRoot")?.bool == true ? [] : ["runAsNonRoot is not true"])
                + ((user ?? 0) > 0 ? [] : ["runAsUser is 0 or missing"])
                + ((context?.at("runAsGroup")?.int ?? 0) > 0 ? [] : ["runAsGroup is 0 or missing"])
        },
        pods("pods are under the runtime's seccomp profile") { pods in
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
        eachContainer("no container takes back what its pod promises") { container in
            let context = container.node.at("securityContext")
            return ["runAsUser", "runAsGroup", "runAsNonRoot", "seccompProfile"].filter { context?.at($0) != nil }
                .map { "\($0) is set again" }
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
