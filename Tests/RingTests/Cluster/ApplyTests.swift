import Foundation
import LeaseQueue
import ParameterSpace
import RunLedger
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import KubernetesClient
@testable import Pipeline
@testable import Scaler

#if canImport(Glibc)
    import Glibc
#endif

/// `atmos-scaler apply` with the permissions of the manifests' Role.
@Suite(
    "atmos-scaler apply", .timeLimit(.minutes(10)),
    .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct ApplyTests {
    private func scaler(_ stage: RoleFixture, _ cluster: TestCluster, _ arguments: String...) async throws
        -> ProcessResult
    {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        return try await stage.subcommand(
            "atmos-scaler",
            [
                "apply", "--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--deployment",
                "atmos-scaler",
            ] + arguments, environment: cluster.environment(.scaler))
    }

    @Test("a trial creates nothing; missing workers are created once")
    func missingWorkers_areCreatedOnce() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(model: "true")
            try await stage.enqueue("1", "2", "3")
            let printed = try await scaler(stage, cluster, "--dry-run=client")
            #expect(printed.status == 0, "\(printed)")
            #expect(printed.output.contains("kind: Job"), "\(printed)")
            let tried = try await scaler(stage, cluster, "--dry-run")
            #expect(tried.status == 0, "\(tried)")
            #expect(tried.errors.contains("would create Job"), "\(tried)")
            #expect(try await cluster.jobs().isEmpty)
            let made = try await scaler(stage, cluster)
            #expect(made.status == 0, "\(made)")
            #expect(made.errors.contains("created Job"), "\(made)")
            let again = try await scaler(stage, cluster)
            #expect(again.status == 0, "\(again)")
            #expect(!again.errors.contains("created Job"), "\(again)")
            #expect(try await cluster.jobs().map(\.spec?.parallelism) == [3])
        }
    }

    @Test("the cluster's reason for missing pods is reported")
    func refusedPods_areReportedWithReason() async throws {
        try await TestCluster.run(pods: "pods \"w\" is forbidden: exceeded quota: atmos-explorer") { cluster in
            let stage = try await RoleFixture(model: "true")
            try await stage.enqueue("1")
            #expect(try await scaler(stage, cluster).errors.contains("created Job"))
            let next = try await scaler(stage, cluster)
            #expect(next.status == 0, "\(next)")
            #expect(next.errors.contains("exceeded quota: atmos-explorer"), "\(next)")
            #expect(try await cluster.used(by: .scaler).contains("list events"))
            #expect(try await cluster.jobs().count == 1)
        }
    }
}

/// A Job for each point, with the real executables: the scaler that creates the Jobs, and the worker in their pods.
@Suite(
    "A Job for each point", .timeLimit(.minutes(10)),
    .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct RequeueTests {
    private static let template: [String] = {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        return ["apply", "--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--per-job"]
    }()

    private static let model = "echo '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json"

    private func scaler(
        _ stage: RoleFixture, _ cluster: TestCluster, _ arguments: [String] = [], ledger: String? = nil
    ) async throws -> ProcessResult {
        var environment = cluster.environment(.scaler)
        if let ledger { environment["ATMOS_MARIADB_URL"] = ledger }
        return try await stage.subcommand(
            "atmos-scaler", Self.template + ["--deployment", "atmos-scaler"] + arguments,
            environment: environment)
    }

    private func hash(_ code: String, _ stage: RoleFixture) throws -> String {
        stage.definition.space.hash(of: try stage.definition.space.point(code: code)).description
    }

    private func job(of point: String, _ cluster: TestCluster) async throws -> JobObject {
        try await #require(cluster.jobs().last { PointJob(of: $0)?.id == point && !$0.isOver })
    }

    /// A ledger in which the points wait for their run, as sql-client writes them.
    private func ledger(_ stage: RoleFixture, _ codes: [String]) async throws -> (ledger: RunLedger, url: String) {
        let url = try await TestMariaDB.shared().makeDatabase()
        let ledger = try await RunLedger.connect(LedgerConfiguration(url: url), logger: TestCluster.logger)
        let definition = stage.definition
        try await LedgerSetup(definition: definition, ledger: ledger, logger: TestCluster.logger).prepare(creates: true)
        let points = try codes.map { code in
            let point = try definition.space.point(code: code)
            return QueuedPoint(
                hash: definition.space.hash(of: point).bytes, code: code, values: point.values.map(\.doubleValue),
                parent: nil)
        }
        _ = try await ledger.insertQueued(points, into: definition.table)
        return (ledger, url)
    }

    @Test("lost points of failed Jobs are queued again from the Jobs; done and dead ones are not")
    func lostPointsOfFailedJobs_areQueuedAgain() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(model: Self.model, attempts: 1)
            let (ledger, url) = try await ledger(stage, ["1", "2", "3"])
            try await stage.enqueue("1", "2", "3")
            let (lost, done, dead) = try (hash("1", stage), hash("2", stage), hash("3", stage))
            let made = try await scaler(stage, cluster)
            #expect(made.status == 0, "\(made)")
            #expect(made.errors.contains("3 points wait for a Job"), "\(made)")

            #expect(try await stage.queues.drop(ids: [lost], from: RingQueues.main) == 1)
            try await complete(done, stage, ledger)
            let lease = try #require(try await stage.queues.lease(id: dead, from: RingQueues.main).leases.first)
            _ = try await stage.queues.finish([.fail(lease, error: "no")], in: RingQueues.main)
            for job in try await cluster.jobs() { try await cluster.end(job, "Failed") }

            let plain = try await scaler(stage, cluster, ledger: url)
            #expect(plain.status == 0, "\(plain)")
            #expect(plain.errors.contains("of point \(lost)"), "\(plain)")
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(dead: 1))
            #expect(try await cluster.jobs().count == 3)

            let requeued = try await scaler(stage, cluster, ["--requeue-failed"], ledger: url)
            #expect(requeued.status == 0, "\(requeued)")
            #expect(requeued.errors.contains("whose point is queued again"), "\(requeued)")
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(ready: 1, dead: 1))
            let points = try await cluster.jobs().compactMap { PointJob(of: $0)?.id }
            #expect(Set(points) == [lost, done, dead])
            #expect(points.count == 3)

            // The work of the new Job's pod.
            _ = try await job(of: lost, cluster)
            let worked = try await stage.role("atmos-worker", environment: ["ATMOS_POINT": lost])
            #expect(worked.status == 0, "\(worked)")
            #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 1)
            try await cluster.end(job(of: lost, cluster), "Complete")
            let again = try await scaler(stage, cluster, ["--requeue-failed"], ledger: url)
            #expect(again.status == 0, "\(again)")
            #expect(!again.errors.contains("queued again"), "\(again)")
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(dead: 1))
            await ledger.close()
        }
    }

    /// Records a point's verdict in the ledger and the queue.
    private func complete(_ point: String, _ stage: RoleFixture, _ ledger: RunLedger) async throws {
        let lease = try #require(try await stage.queues.lease(id: point, from: RingQueues.main).leases.first)
        _ = try await stage.queues.finish([.complete(lease)], in: RingQueues.main)
        let run = Attempt(
            hash: try #require(PointHash(point)?.bytes), token: lease.token.rawValue, attempt: 1, worker: "w",
            host: "h",
            model: "m", modelVersion: "1", startedAt: 1)
        _ = try await ledger.recordCompleted(
            [CompletedRecord(attempt: run, endedAt: 2, verdict: .stable, outputs: [], message: "")],
            in: stage.definition.table)
    }

    @Test("no point is queued again without a ledger that answers")
    func withoutLedger_requeueFails() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(model: "true")
            let none = try await scaler(stage, cluster, ["--requeue-failed"])
            #expect(none.status == 78, "\(none)")
            #expect(none.errors.contains("ATMOS_MARIADB_URL"), "\(none)")
            let gone = try await scaler(
                stage, cluster, ["--requeue-failed"], ledger: "mariadb://u@localhost/d?socket=/no/such.sock")
            #expect(gone.status == 69, "\(gone)")
            #expect(gone.errors.contains("/no/such.sock"), "\(gone)")
        }
    }

    @Test("an evicted worker releases its point without counting an attempt, and the Job's next pod runs it")
    func evictedWorker_releasesPointForNextPod() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(
                model: "touch ../../begun; [ -e ../../go ] || sleep 1000; \(Self.model)", leaseSeconds: 600)
            @Sendable func path(_ name: String) -> String { stage.run.scratch.path.appending(name).string }
            try await stage.enqueue("1", "2")
            let point = try hash("2", stage)
            #expect(try await scaler(stage, cluster).errors.contains("2 points wait for a Job"))
            let ended = try await stage.role("atmos-worker", environment: ["ATMOS_POINT": point]) { process in
                Task {
                    defer { kill(process, SIGTERM) }
                    try await eventually("the model runs") { FileManager.default.fileExists(atPath: path("begun")) }
                }
            }
            #expect(ended.status == 143, "\(ended)")
            let ready = try await stage.queues.readyJobs(in: RingQueues.main)
            #expect(Set(ready.map(\.id)) == [point, try hash("1", stage)])
            let none = try await scaler(stage, cluster)
            #expect(none.status == 0, "\(none)")
            #expect(none.errors.contains("no point waits for a Job"), "\(none)")

            #expect(FileManager.default.createFile(atPath: path("go"), contents: nil))
            let next = try await stage.role("atmos-worker", environment: ["ATMOS_POINT": point])
            #expect(next.status == 0, "\(next)")
            let lease = try #require(
                try await stage.queues.lease(1, from: RingQueues.completeStableSQL).leases.first)
            #expect(String(decoding: lease.payload, as: UTF8.self).contains("\"attempt\":1"))
            try await cluster.end(job(of: point, cluster), "Complete")
            #expect(try await scaler(stage, cluster).errors.contains("no point waits for a Job"))
            #expect(try await cluster.jobs().count == 2)
        }
    }
}
