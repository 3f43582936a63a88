import ExplorationFile
import FoundationEssentials
import Subprocess
import SystemPackage
import TestSupport
import Testing
import Yams

/// The rules, applied to all rendered objects.
@Suite(.enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"), .onDedicatedThread)
struct RuleTests {
    @Test("every overlay, with and without components, satisfies all rules", arguments: Kustomize.variants)
    func overlay_satisfiesAllRules(variant: Kustomize.Variant) async throws {
        let manifests = try await Kustomize.manifests(of: variant)
        #expect(manifests.count > 20)
        for rule in ManifestRule.all {
            #expect(rule.faults(manifests) == [], "\(variant): \(rule.name)")
        }
    }

    @Test("each rule detects its violations")
    func rules_detectViolations() async throws {
        let manifests = try await Kustomize.manifests(of: Kustomize.Variant(overlay: "local"))
        for violation in RuleViolation.all {
            let rule = try #require(
                ManifestRule.all.first { $0.name == violation.rule }, "unknown rule: \(violation.rule)")
            #expect(rule.faults(try violation.inserted(into: manifests)) != [], "\(violation)")
        }
        let untested = Set(ManifestRule.all.map { $0.name }).subtracting(RuleViolation.all.map { $0.rule })
        #expect(untested == [], "rules without a violation")
    }

    @Test("managed servers replace the StatefulSets", arguments: ["gke-spot", "eks-spot"])
    func managedServers_replaceStatefulSets(overlay: String) async throws {
        let manifests = try await Kustomize.manifests(of: Kustomize.Variant(overlay: overlay))
        #expect(!manifests.contains { ["StatefulSet", "Service"].contains($0.kind) })
        let settings = manifests.filter { $0.kind == "ConfigMap" }.compactMap { $0.node.at("data")?.fields }
        let urls = settings.flatMap { $0.filter { $0.key.hasSuffix("_URL") }.values }
        #expect(urls.count >= 4)
        #expect(!urls.contains { $0.contains("@redis:") || $0.contains("@mariadb:") })
    }

    @Test("KEDA's workers have the overlay's pods, and there is no other Job of workers")
    func kedaWorkers_haveOverlayPods() async throws {
        let plain = try await Kustomize.manifests(of: Kustomize.Variant(overlay: "gke-spot"))
        let keda = try await Kustomize.manifests(
            of: Kustomize.Variant(overlay: "gke-spot", components: ["components/keda"]))
        let job = try #require(plain.first { $0.title == "Job/atmos-worker" })
        let scaled = try #require(keda.first { $0.kind == "ScaledJob" })
        #expect(!keda.contains { $0.title == "Job/atmos-worker" })
        for key in ["template", "podFailurePolicy", "podReplacementPolicy", "ttlSecondsAfterFinished"] {
            let copy = scaled.job?.at(key)
            #expect(copy != nil, "\(key)")
            #expect(copy == job.job?.at(key), "\(key)")
        }
    }

    @Test("KEDA asks a scaler that creates nothing for the number of lacking workers")
    func keda_asksScalerForLackingWorkers() async throws {
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
        #expect(command.prefix(2) == ["atmos-scaler", "serve"])
        #expect(command.contains("--port=\(port)"))
        #expect(command.contains("--maximum=\(scaled.node.at("spec", "maxReplicaCount")?.int ?? 0)"))
        #expect(scaler.spec.at("automountServiceAccountToken")?.bool == false)
        #expect(!manifests.contains { ["Role/atmos-scaler", "NetworkPolicy/scaler-to-api"].contains($0.title) })
        let opened = try #require(manifests.first { $0.title == "NetworkPolicy/keda-to-scaler" })
        #expect(opened.node.at("spec", "ingress", "0", "ports", "0", "port")?.int == port)
    }
}

/// Kubernetes' schemas, from PyPI's kubernetes-validate.
@Suite(
    .enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"),
    .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"), .onDedicatedThread)
struct SchemaTests {
    private static let python = Kustomize.root.appending(".build").appending("python").appending("bin").appending(
        "python")
    private static let script = FilePath(#filePath).removingLastComponent().appending("validate.py")

    /// Validates objects, and returns the errors, one line each.
    private func faults(in text: String, versions: [String] = ["1.30", "newest"]) async throws -> [String] {
        let result = try await Subprocess.run(
            .path(Self.python), arguments: Arguments([Self.script.string] + versions), input: .string(text),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        let report = result.standardError
        #expect(result.terminationStatus.isSuccess, "\(report)")
        // It reports the number of objects for each version.
        #expect(report.split(separator: "\n").filter { $0.hasSuffix(" objects") }.count == versions.count, "\(report)")
        return result.standardOutput.split(separator: "\n").map(String.init)
    }

    @Test(
        "every overlay, with and without components, is valid for Kubernetes 1.30 and the newest version")
    func overlays_areValid() async throws {
        var texts: [String] = []
        for variant in Kustomize.variants { texts.append(try await Kustomize.text(of: variant)) }
        #expect(try await faults(in: texts.joined(separator: "---\n")) == [])
    }

    @Test("a misspelt field, a wrong type and an unknown kind are detected")
    func invalidObjects_areDetected() async throws {
        let text = """
            {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{prot: 1, port: 1}]}}
            ---
            {apiVersion: batch/v1, kind: Job, metadata: {name: b}, spec: {parallelism: four, template: {spec: {}}}}
            ---
            {apiVersion: keda.sh/v1alpha1, kind: ScaledJob, metadata: {name: c}, spec: {jobTargetRef: {backofLimit: 1,
              template: {spec: {containers: []}}}}}
            ---
            {apiVersion: v1, kind: Servise, metadata: {name: d}}
            """
        let faults = try await faults(in: text, versions: ["1.30"])
        for name in ["Service/a", "Job/b", "ScaledJob/c", "Servise/d"] {
            #expect(faults.contains { $0.contains(name.replacing("ScaledJob", with: "Job")) }, "\(name): \(faults)")
        }
    }
}

/// The overlay `local` on the machine that the README asks for.
@Suite(.enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"))
struct LocalOverlayTests {
    /// The requests of a resource of all pods that start with the overlay.
    private func requests(_ resource: String) async throws -> Quantity {
        var sum: Int128 = 0
        for object in try RenderedObject.all(in: try await Kustomize.text(of: Kustomize.Variant(overlay: "local"))) {
            guard let pods = object.pods, object.kind != "CronJob" else { continue }
            func request(_ container: Container) throws -> Int128 {
                let text = try #require(container.node.text("resources", "requests", resource), "\(container.title)")
                return try #require(Quantity(text), "\(container.title)").billionths
            }
            let containers = try pods.containers.reduce(0) { try $0 + request($1) }
            // Init containers run one after the other, before the others.
            let initial = try pods.allContainers.dropLast(pods.containers.count).map(request).max() ?? 0
            let count = object.node.at("spec", "replicas")?.int ?? object.node.at("spec", "parallelism")?.int ?? 1
            sum += Int128(count) * max(containers, initial)
        }
        return try #require(Quantity(billionths: sum))
    }

    @Test("its pods and those of kind fit on a machine of 4 cores and 8 GB")
    func localOverlay_fitsOnOneMachine() async throws {
        let cpu = try await requests("cpu")
        let kind = try #require(Quantity("950m"))
        let cores = try #require(Quantity(billionths: cpu.billionths + kind.billionths))
        #expect(cores <= Quantity(whole: 4))
        // Kubernetes and its machine need the rest.
        #expect(try await requests("memory") <= #require(Quantity("6Gi")))
    }
}
