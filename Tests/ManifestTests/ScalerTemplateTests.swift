import Foundation
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import SystemPackage
import TestSupport
import Testing
import Yams

/// The workers that the scaler makes are those of the manifests.
@Suite(.enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"))
struct ScalerTemplateTests {
    private static let places = [
        Kustomize.Variant(overlay: "local"), Kustomize.Variant(overlay: "local", components: ["components/tls"]),
        Kustomize.Variant(overlay: "gke-spot"), Kustomize.Variant(overlay: "eks-spot"),
    ]

    @Test("the scaler's Jobs have the pods of the place's own Job and keep every rule")
    func rendered() async throws {
        try await TestRedis.withPrivateServer { redis in
            for place in Self.places {
                var manifests = try await Kustomize.manifests(of: place)
                let own = try #require(manifests.firstIndex { $0.title == "Job/atmos-worker" })
                var made = try await render(manifests, redis: redis.url)
                made.node = made.node.setting(["metadata", "namespace"], to: "atmos-explorer") ?? made.node
                let (theirs, ours) = (try #require(made.pods), try #require(manifests[own].pods))
                let difference = leaves(theirs.spec).symmetricDifference(leaves(ours.spec))
                #expect(difference == [], "\(place)")
                #expect(theirs.annotations == ours.annotations)
                for key in ["podFailurePolicy", "podReplacementPolicy", "ttlSecondsAfterFinished"] {
                    #expect(made.job?.at(key)?.leaves == manifests[own].job?.at(key)?.leaves, "\(place): \(key)")
                }
                manifests[own] = made
                for rule in ManifestRule.all { #expect(rule.faults(manifests) == [], "\(place): \(rule.name)") }
            }
        }
    }

    @Test("a Job for one point has the same pod, which is told its point, and keeps every rule")
    func renderedForPoint() async throws {
        try await TestRedis.withPrivateServer { redis in
            var manifests = try await Kustomize.manifests(of: Kustomize.Variant(overlay: "local"))
            let own = try #require(manifests.firstIndex { $0.title == "Job/atmos-worker" })
            var made = try await render(manifests, redis: redis.url, perJob: true)
            made.node = made.node.setting(["metadata", "namespace"], to: "atmos-explorer") ?? made.node
            let (theirs, ours) = (try #require(made.pods), try #require(manifests[own].pods))
            let difference = leaves(theirs.spec).symmetricDifference(leaves(ours.spec))
            #expect(difference.count == 2 && difference.allSatisfy { $0.contains("ATMOS_POINT") }, "\(difference)")
            manifests[own] = made
            for rule in ManifestRule.all { #expect(rule.faults(manifests) == [], "\(rule.name)") }
        }
    }

    /// The Job that the scaler makes of the template and the values in the manifests, for a start point that waits.
    /// Or, `perJob`, for a point that waits for its run.
    private func render(_ manifests: [Manifest], redis: String, perJob: Bool = false) async throws -> Manifest {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for name in ["exploration", "scaler-template", "scaler-values"] {
            let map = try #require(manifests.first { $0.title == "ConfigMap/\(name)" })
            for (file, text) in map.node.at("data")?.fields ?? [:] {
                try Files.write(text, to: folder.path.appending(file))
            }
        }
        if perJob { try await enqueuePoint(folder.path.appending("exploration.yaml"), redis: redis) }
        let rendered = try await Cluster.shell(
            """
            export ATMOS_REDIS_URL=$1; unset ATMOS_MARIADB_URL
            "$2/atmos-starter" "$3/exploration.yaml"
            "$2/atmos-scaler" "$3/exploration.yaml" $4 --job-template "$3/workers.yaml" --values "$3/values.yaml"
            """,
            [redis, Cluster.executables.string, folder.path.string, perJob ? "--per-job" : "--queue=main_sql"])
        return try #require(try Manifest.all(in: rendered).first)
    }

    /// Lets a point wait for its run, as sql-client would.
    private func enqueuePoint(_ file: FilePath, redis: String) async throws {
        let text = try String(contentsOfFile: file.string, encoding: .utf8)
        let name = try #require(try Yams.compose(yaml: text)?["name"]?.string)
        let queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: redis), namespace: "atmos:\(name)", queues: [QueueConfiguration(name: "main")],
            consumer: "test", logger: Logger(label: "test"))
        _ = try await queues.enqueue(
            [Job(id: String(repeating: "0123456789abcdef", count: 4), payload: Array("{}".utf8))], to: "main")
        await queues.close()
    }

    /// What is to be the same in both: all but what a run needs, which the exploration says, and where Spot machines are,
    /// for which Amazon's Job names both ways of having them.
    private func leaves(_ spec: Node) -> Set<String> {
        let own = [
            "containers.model.resources.", "volumes.runs.emptyDir.", "affinity.", "nodeSelector.", "tolerations.",
        ]
        return spec.leaves.filter { leaf in !own.contains { leaf.hasPrefix($0) } }
    }
}
