import Foundation
import KubernetesClient
import LeaseQueue
import Pipeline
import Scaler
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The scaler as a controller with the permissions of the manifests, and a client that deletes all its Jobs.
@Suite(
    "Stopping on a cluster", .timeLimit(.minutes(10)),
    .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct ClusterKillTests {
    @Test(
        "delete-jobs leaves no Job and no pod, and the scaler creates none until it is resumed",
        .timeLimit(.minutes(1)))
    func deleteJobs_suspendsScalerUntilResumed() async throws {
        try await TestCluster.run(pods: "running") { cluster in
            let stage = try await RoleFixture(model: "true")
            try await stage.enqueue("1", "2", "3")
            try await withScaler(stage, cluster) {
                try await eventually("the scaler creates a Job") { try await !cluster.jobs().isEmpty }
                let killed = try await kill(stage, cluster, "delete-jobs", "--grace", "5s")
                #expect(killed.status == 0, "\(killed)")
                for words in ["'atmos-scaler' is suspended", "no pod is left"] {
                    #expect(killed.output.contains(words), "\(killed)")
                }
                // The leader has acknowledged the suspension, either before or while the command waited for it.
                let deployment = try await cluster.client.get(
                    DeploymentObject.self, "atmos-scaler", in: TestCluster.namespace)
                let lease = try await cluster.client.get(LeaseObject.self, "atmos-scaler", in: TestCluster.namespace)
                let suspension = try #require(deployment.metadata.annotations?[Annotations.suspension])
                #expect(lease.metadata.annotations?[Annotations.suspension] == suspension)
                #expect(try await cluster.jobs().isEmpty)
                #expect(try await cluster.client.list(PodObject.self, in: TestCluster.namespace).items.isEmpty)

                let looks = try await cluster.looksAtDeployment()
                try await eventually("more rounds") { try await cluster.looksAtDeployment() >= looks + 4 }
                #expect(try await cluster.jobs().isEmpty, "a suspended scaler created a Job")
                let resumed = try await kill(stage, cluster, "resume-scaler")
                #expect(resumed.status == 0, "\(resumed)")
                #expect(resumed.output.contains("resumed"), "\(resumed)")
                try await eventually("the resumed scaler creates a Job") { try await !cluster.jobs().isEmpty }
            }
            // A scaler that has ended gracefully is not waited for. This is the command line of earlier releases.
            let last = try await kill(stage, cluster, "--now", "--delete-jobs", "--grace", "1")
            #expect(last.status == 0, "\(last)")
            #expect(!last.output.contains("to acknowledge"), "\(last)")
            #expect(try await cluster.jobs().isEmpty)
            let used = try await cluster.used(by: .scaler)
            #expect(try Set(used).isSubset(of: TestCluster.scalerRights()))
            #expect(Set(["create jobs", "list pods", "create events", "update leases"]).isSubset(of: used))
        }
    }

    private func kill(_ stage: RoleFixture, _ cluster: TestCluster, _ arguments: String...) async throws
        -> ProcessResult
    {
        try await stage.subcommand("atmos-kill", arguments, environment: cluster.environment(.administrator))
    }

    /// Runs the scaler while `body` runs, and ends it with SIGTERM. No request of it may be forbidden.
    private func withScaler(_ stage: RoleFixture, _ cluster: TestCluster, _ body: () async throws -> Void) async throws
    {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        let (started, start) = AsyncStream<Int32>.makeStream()
        async let scaler = stage.subcommand(
            "atmos-scaler",
            [
                "run", "--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--interval", "1s",
                "--cool-down", "0s", "--deployment", "atmos-scaler",
            ], environment: cluster.environment(.scaler)
        ) { start.yield($0) }
        var processes = started.makeAsyncIterator()
        let process = try #require(await processes.next())
        try await body()
        #expect(Glibc.kill(process, SIGTERM) == 0)
        let ended = try await scaler
        #expect(ended.status == 143, "\(ended)")
        #expect(!ended.errors.contains("forbidden"), "\(ended)")
    }
}

@Suite("atmos-kill", .timeLimit(.minutes(10)))
struct KillCommandTests {
    @Test("stop, drain and resume set the state of the queue")
    func controlCommands_setQueueState() async throws {
        let stage = try await RoleFixture(model: "true")
        for (command, state) in [("stop", ControlState.stop), ("drain", .drain), ("resume", .run)] {
            let ended = try await stage.subcommand("atmos-kill", [command])
            #expect(ended.status == 0, "\(ended)")
            #expect(ended.output.contains("instructed to \(state.rawValue); 0 runs in progress"), "\(ended)")
            #expect(try await stage.queues.control(of: RingQueues.main) == state)
        }
    }

    @Test("watch stops the workers once the queues stay empty")
    func watch_stopsWorkersOfEmptyQueues() async throws {
        let stage = try await RoleFixture(model: "true")
        let ended = try await stage.subcommand("atmos-kill", ["watch", "--empty-checks", "2", "--interval", "1s"])
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.output.contains("found empty 2 of 2 times"), "\(ended)")
        #expect(try await stage.queues.control(of: RingQueues.main) == .stop)
    }

    @Test("reset clears the queues")
    func reset_clearsQueues() async throws {
        let stage = try await RoleFixture(model: "true")
        try await stage.enqueue("1")
        let ended = try await stage.subcommand("atmos-kill", ["reset", "--yes"])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await stage.queues.counts().isFinished)
    }

    @Test(
        "a command line with none or several actions is refused",
        arguments: [[], ["stop", "--drain"], ["--now", "--drain"], ["--delete-jobs", "--resume"], ["--grace", "5"]])
    func invalidCommandLine_isRefused(arguments: [String]) async throws {
        let stage = try await RoleFixture(model: "true")
        let ended = try await stage.subcommand("atmos-kill", arguments)
        #expect(ended.status == 64, "\(ended)")
    }
}
