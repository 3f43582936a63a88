import Yams

/// What runs in containers, and with how much.
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
            (container.node.text("image") ?? "").contains(":latest") ? ["the image is the latest one"] : []
        },
        eachContainer("processor time and memory are requested") { container in
            ["cpu", "memory"].filter { container.node.at("resources", "requests", $0) == nil }
                .map { "no request for \($0)" }
        },
        eachContainer("memory is limited, processor time is not") { container in
            let limits = container.node.at("resources", "limits")
            return (limits?.at("memory") == nil ? ["no limit of memory"] : [])
                + (limits?.at("cpu") == nil ? [] : ["a limit of processor time, which only slows down"])
        },
        pods("what runs for long says whether it lives") { pods in
            guard pods.part != "atmos-starter" else { return [] }
            return pods.containers.filter { $0.node.at("livenessProbe") == nil }.map {
                "\($0.name) has no liveness probe"
            }
        },
        pods("what serves others says whether it is ready") { pods in
            guard pods.owner.job == nil else { return [] }
            return pods.containers.filter { $0.node.at("readinessProbe") == nil }
                .map { "\($0.name) has no readiness probe" }
        },
        pods("the roles' probes ask their health port") { pods in
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
