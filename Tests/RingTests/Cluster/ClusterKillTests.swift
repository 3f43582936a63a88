import Foundation
import KubernetesClient
import LeaseQueue
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The scaler as a controller, with the rights that the manifests give it, and somebody who deletes all its Jobs.
@Suite("Stopping on a cluster", .enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct ClusterKillTests {
    @Test(
        "--delete-jobs leaves no Job and no pod, and the scaler makes none until it is resumed",
        .timeLimit(.minutes(1)))
    func deleteJobs() async throws {
        try await TestCluster.run(pods: "running") { cluster in
            let stage = try await RoleFixture(model: "true")
            try await stage.enqueue("1", "2", "3")
            try await withScaler(stage, cluster) {
                while try await cluster.jobs().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                let killed = try await kill(stage, cluster, "--delete-jobs", "--grace", "5")
                #expect(killed.status == 0, "\(killed)")
                for words in ["'atmos-scaler' is suspended", "to hear that it is suspended", "no pod is left"] {
                    #expect(killed.output.contains(words), "\(killed)")
                }
                #expect(try await cluster.jobs().isEmpty)
                #expect(try await cluster.client.list(PodObject.self, in: TestCluster.namespace).items.isEmpty)

                let looks = try await cluster.looksAtDeployment()
                while try await cluster.looksAtDeployment() < looks + 4 { try await Task.sleep(for: .milliseconds(20)) }
                #expect(try await cluster.jobs().isEmpty, "a suspended scaler made a Job")
                let resumed = try await kill(stage, cluster, "--resume-scaler")
                #expect(resumed.status == 0 && resumed.output.contains("resumed"), "\(resumed)")
                while try await cluster.jobs().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            }
            // Whoever has gone in order is not waited for.
            let last = try await kill(stage, cluster, "--delete-jobs", "--grace", "1")
            #expect(last.status == 0 && !last.output.contains("to hear"), "\(last)")
            #expect(try await cluster.jobs().isEmpty)
            let used = try await cluster.used(by: .scaler)
            #expect(try Set(used).isSubset(of: TestCluster.scalerRights()))
            #expect(Set(["create jobs", "list pods", "create events", "update leases"]).isSubset(of: used))
        }
    }

    private func kill(_ stage: RoleFixture, _ cluster: TestCluster, _ arguments: String...) async throws -> ProcessResult {
        try await stage.role("atmos-kill", arguments, environment: cluster.environment(.administrator))
    }

    /// Runs the scaler beside `body`, and ends it with SIGTERM; it must not have been refused anything.
    private func withScaler(_ stage: RoleFixture, _ cluster: TestCluster, _ body: () async throws -> Void) async throws {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let (started, start) = AsyncStream<Int32>.makeStream()
        async let scaler = stage.role(
            "atmos-scaler",
            [
                "--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--watch", "--every", "1",
                "--cool-down", "0", "--deployment", "atmos-scaler",
            ], environment: cluster.environment(.scaler)
        ) { start.yield($0) }
        var processes = started.makeAsyncIterator()
        let process = try #require(await processes.next())
        try await body()
        #expect(Glibc.kill(process, SIGTERM) == 0)
        let ended = try await scaler
        #expect(ended.status == 143 && !ended.errors.contains("forbidden"), "\(ended)")
    }
}
