import TestSupport
import Testing
import Yams

/// The written rules, against everything that kustomize makes.
@Suite(.enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"), .onDedicatedThread)
struct RuleTests {
    @Test("every overlay, with what is made to be put over it, keeps every rule", arguments: Kustomize.variants)
    func rules(variant: Kustomize.Variant) async throws {
        let manifests = try await Kustomize.manifests(of: variant)
        #expect(manifests.count > 20)
        for rule in ManifestRule.all {
            #expect(rule.faults(manifests) == [], "\(variant): \(rule.name)")
        }
    }

    @Test("each rule notices what is planted against it")
    func plants() async throws {
        let manifests = try await Kustomize.manifests(of: Kustomize.Variant(overlay: "local"))
        for plant in Plant.all {
            let rule = try #require(ManifestRule.all.first { $0.name == plant.rule }, "there is no rule: \(plant.rule)")
            #expect(rule.faults(try plant.planted(in: manifests)) != [], "\(plant)")
        }
        let unplanted = Set(ManifestRule.all.map { $0.name }).subtracting(Plant.all.map { $0.rule })
        #expect(unplanted == [], "rules that nothing is planted against")
    }

    @Test("managed servers take the place of the StatefulSets", arguments: ["gke-spot", "eks-spot"])
    func managed(overlay: String) async throws {
        let manifests = try await Kustomize.manifests(of: Kustomize.Variant(overlay: overlay))
        #expect(!manifests.contains { ["StatefulSet", "Service"].contains($0.kind) })
        let settings = manifests.filter { $0.kind == "ConfigMap" }.compactMap { $0.node.at("data")?.fields }
        let urls = settings.flatMap { $0.filter { $0.key.hasSuffix("_URL") }.values }
        #expect(urls.count >= 4)
        #expect(!urls.contains { $0.contains("@redis:") || $0.contains("@mariadb:") })
    }

    @Test("KEDA's workers are those of the overlay, and there is no other Job of workers")
    func keda() async throws {
        let plain = try await Kustomize.manifests(of: Kustomize.Variant(overlay: "gke-spot"))
        let keda = try await Kustomize.manifests(
            of: Kustomize.Variant(overlay: "gke-spot", components: ["components/keda"]))
        let job = try #require(plain.first { $0.title == "Job/atmos-worker" })
        let scaled = try #require(keda.first { $0.kind == "ScaledJob" })
        #expect(!keda.contains { $0.title == "Job/atmos-worker" })
        for key in ["template", "podFailurePolicy", "podReplacementPolicy", "ttlSecondsAfterFinished"] {
            let copy = scaled.job?.at(key)
            #expect(copy != nil && copy == job.job?.at(key), "\(key)")
        }
    }

    @Test("KEDA asks a scaler that makes nothing how many workers are lacking, whatever the priority of what waits")
    func kedaCounts() async throws {
        let manifests = try await Kustomize.manifests(
            of: Kustomize.Variant(overlay: "local", components: ["components/keda"]))
        let scaled = try #require(manifests.first { $0.kind == "ScaledJob" })
        let trigger = try #require(scaled.node.at("spec", "triggers", "0"))
        let exploration = try #require(scaled.labels["atmos-explorer.io/exploration"])
        let service = try #require(manifests.first { $0.title == "Service/atmos-scaler" })
        let port = try #require(service.node.at("spec", "ports", "0", "port")?.int)
        #expect(trigger.text("type") == "metrics-api")
        #expect(
            trigger.text("metadata", "url")
                == "http://atmos-scaler.atmos-explorer.svc:\(port)/queues/\(exploration)/main")
        #expect(trigger.text("metadata", "valueLocation") == "lacking")
        #expect(trigger.text("metadata", "targetValue") == "1")

        let scaler = try #require(manifests.first { $0.title == "Deployment/atmos-scaler" }?.pods)
        let command = scaler.containers.first?.node.at("command")?.texts ?? []
        #expect(command.contains("--serve=\(port)") && !command.contains("--watch"))
        #expect(command.contains("--maximum=\(scaled.node.at("spec", "maxReplicaCount")?.int ?? 0)"))
        #expect(scaler.spec.at("automountServiceAccountToken")?.bool == false)
        #expect(!manifests.contains { ["Role/atmos-scaler", "NetworkPolicy/scaler-to-api"].contains($0.title) })
        let opened = try #require(manifests.first { $0.title == "NetworkPolicy/keda-to-scaler" })
        #expect(opened.node.at("spec", "ingress", "0", "ports", "0", "port")?.int == port)
    }
}
