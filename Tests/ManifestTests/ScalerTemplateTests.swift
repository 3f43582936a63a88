import Foundation
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import SystemPackage
import TestSupport
import Testing
import Yams

/// Compares the scaler's workers with those of the manifests.
@Suite(.enabled(if: Kustomize.isAvailable, "\(Kustomize.absence)"))
struct ScalerTemplateTests {
    private static let variants = [
        Kustomize.Variant(overlay: "local"), Kustomize.Variant(overlay: "local", components: ["components/tls"]),
        Kustomize.Variant(overlay: "gke-spot"), Kustomize.Variant(overlay: "eks-spot"),
    ]

    @Test("the scaler's Jobs have the pods of the overlay's Job and satisfy all rules")
    func renderedJob_hasPodsOfOverlay() async throws {
        try await TestRedis.withPrivateServer { redis in
            for variant in Self.variants {
                var manifests = try await Kustomize.manifests(of: variant)
                let index = try #require(manifests.firstIndex { $0.title == "Job/atmos-worker" })
                var job = try await render(manifests, redis: redis.url)
                job.node = job.node.setting(["metadata", "namespace"], to: "atmos-explorer") ?? job.node
                let (pods, expected) = (try #require(job.pods), try #require(manifests[index].pods))
                let difference = leaves(pods.spec).symmetricDifference(leaves(expected.spec))
                #expect(difference == [], "\(variant)")
                #expect(pods.annotations == expected.annotations)
                for key in ["podFailurePolicy", "podReplacementPolicy", "ttlSecondsAfterFinished"] {
                    #expect(job.job?.at(key)?.leaves == manifests[index].job?.at(key)?.leaves, "\(variant): \(key)")
                }
                manifests[index] = job
                for rule in ManifestRule.all { #expect(rule.faults(manifests) == [], "\(variant): \(rule.name)") }
            }
        }
    }

    @Test("a Job for one point has the same pod, which receives its point, and satisfies all rules")
    func renderedJobForPoint_receivesPoint() async throws {
        try await TestRedis.withPrivateServer { redis in
            var manifests = try await Kustomize.manifests(of: Kustomize.Variant(overlay: "local"))
            let index = try #require(manifests.firstIndex { $0.title == "Job/atmos-worker" })
            var job = try await render(manifests, redis: redis.url, perJob: true)
            job.node = job.node.setting(["metadata", "namespace"], to: "atmos-explorer") ?? job.node
            let (pods, expected) = (try #require(job.pods), try #require(manifests[index].pods))
            let difference = leaves(pods.spec).symmetricDifference(leaves(expected.spec))
            #expect(difference.count == 2, "\(difference)")
            #expect(difference.allSatisfy { $0.contains("ATMOS_POINT") }, "\(difference)")
            manifests[index] = job
            for rule in ManifestRule.all { #expect(rule.faults(manifests) == [], "\(rule.name)") }
        }
    }

    /// The Job that the scaler renders from the manifests' template and values: for a waiting start point, or with
    /// `perJob` for a point that waits for its run.
    private func render(_ manifests: [RenderedObject], redis: String, perJob: Bool = false) async throws
        -> RenderedObject
    {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for name in ["exploration", "scaler-template", "scaler-values"] {
            let map = try #require(manifests.first { $0.title == "ConfigMap/\(name)" })
            for (file, text) in map.node.at("data")?.fields ?? [:] {
                try Files.write(text, to: folder.path.appending(file))
            }
        }
        if perJob { try await enqueuePoint(folder.path.appending("exploration.yaml"), redis: redis) }
        let rendered = try await ClusterFixture.shell(
            """
            export ATMOS_REDIS_URL=$1; unset ATMOS_MARIADB_URL
            "$2/atmos-starter" "$3/exploration.yaml"
            "$2/atmos-scaler" render "$3/exploration.yaml" $4 --job-template "$3/workers.yaml" --values "$3/values.yaml"
            """,
            [redis, ClusterFixture.executables.string, folder.path.string, perJob ? "--per-job" : "--queue=main_sql"])
        return try #require(try RenderedObject.all(in: rendered).first)
    }

    /// Enqueues a point for its run, as sql-client does.
    private func enqueuePoint(_ file: FilePath, redis: String) async throws {
        let text = try String(contentsOfFile: file.string, encoding: .utf8)
        let name = try #require(try Yams.compose(yaml: text)?["name"]?.string)
        let queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: redis), namespace: "atmos:\(name)", queues: [QueueConfiguration(name: "main")],
            consumer: "test", logger: .silent)
        _ = try await queues.enqueue(
            [Job(id: String(repeating: "0123456789abcdef", count: 4), payload: Array("{}".utf8))], to: "main")
        await queues.close()
    }

    /// The values that must be equal in both: all except a run's resources, which come from the exploration, and the
    /// choice of Spot machines, for which Amazon's Job names two alternatives.
    private func leaves(_ spec: Node) -> Set<String> {
        let own = [
            "containers.model.resources.", "volumes.runs.emptyDir.", "affinity.", "nodeSelector.", "tolerations.",
        ]
        return spec.leaves.filter { leaf in !own.contains { leaf.hasPrefix($0) } }
    }
}
