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

/// A Job for each point, with the real executables: the scaler that makes the Jobs, the worker that runs in their pods.
@Suite("A Job for each point", .enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct RequeueTests {
    private static let template: [String] = {
        let root = "\(#filePath)".replacing(#/Tests/.*/#, with: "config/scaler/")
        return ["--job-template", root + "workers.yaml", "--values", root + "values.yaml", "--per-job"]
    }()

    private static let model = "echo '{\"verdict\": \"stable\", \"outputs\": {}}' > result.json"

    private func scaler(
        _ stage: RoleFixture, _ cluster: TestCluster, _ arguments: [String] = [], ledger: String? = nil
    ) async throws -> ProcessResult {
        var environment = cluster.environment(.scaler)
        if let ledger { environment["ATMOS_MARIADB_URL"] = ledger }
        return try await stage.role(
            "atmos-scaler", Self.template + ["--apply", "--deployment", "atmos-scaler"] + arguments,
            environment: environment)
    }

    private func hash(_ code: String, _ stage: RoleFixture) throws -> String {
        stage.definition.space.hash(of: try stage.definition.space.point(code: code)).description
    }

    private func job(of point: String, _ cluster: TestCluster) async throws -> JobObject {
        try await #require(cluster.jobs().last { PointJob(of: $0)?.id == point && !$0.isOver })
    }

    /// A ledger in which the points wait for their run, as sql-client has written them.
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

    @Test("points of failed Jobs that nobody has any more are queued again from the Jobs; done and dead ones are not")
    func requeue() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(model: Self.model, attempts: 1)
            let (ledger, url) = try await ledger(stage, ["1", "2", "3"])
            try await stage.enqueue("1", "2", "3")
            let (lost, done, dead) = try (hash("1", stage), hash("2", stage), hash("3", stage))
            let made = try await scaler(stage, cluster)
            #expect(made.status == 0 && made.errors.contains("3 points wait for a Job"), "\(made)")

            #expect(try await stage.queues.drop(ids: [lost], from: RingQueues.main) == 1)
            try await complete(done, stage, ledger)
            let lease = try #require(try await stage.queues.lease(id: dead, from: RingQueues.main).leases.first)
            _ = try await stage.queues.finish([.fail(lease, error: "no")], in: RingQueues.main)
            for job in try await cluster.jobs() { try await cluster.end(job, "Failed") }

            let plain = try await scaler(stage, cluster, ledger: url)
            #expect(plain.status == 0 && plain.errors.contains("of point \(lost)"), "\(plain)")
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(dead: 1))
            #expect(try await cluster.jobs().count == 3)

            let requeued = try await scaler(stage, cluster, ["--requeue-failed"], ledger: url)
            #expect(requeued.status == 0 && requeued.errors.contains("whose point waits again"), "\(requeued)")
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(ready: 1, dead: 1))
            let points = try await cluster.jobs().compactMap { PointJob(of: $0)?.id }
            #expect(Set(points) == [lost, done, dead] && points.count == 3)

            // What the new Job's pod does.
            _ = try await job(of: lost, cluster)
            let worked = try await stage.role("atmos-worker", environment: ["ATMOS_POINT": lost])
            #expect(worked.status == 0, "\(worked)")
            #expect(try await stage.counts(of: RingQueues.completeStableSQL).ready == 1)
            try await cluster.end(job(of: lost, cluster), "Complete")
            let again = try await scaler(stage, cluster, ["--requeue-failed"], ledger: url)
            #expect(again.status == 0 && !again.errors.contains("waits again"), "\(again)")
            #expect(try await stage.counts(of: RingQueues.main) == QueueCounts(dead: 1))
            await ledger.close()
        }
    }

    /// Has the ledger and the queue know a point's verdict.
    private func complete(_ point: String, _ stage: RoleFixture, _ ledger: RunLedger) async throws {
        let lease = try #require(try await stage.queues.lease(id: point, from: RingQueues.main).leases.first)
        _ = try await stage.queues.finish([.complete(lease)], in: RingQueues.main)
        let run = RunningRecord(
            hash: try #require(PointHash(point)?.bytes), token: lease.token.rawValue, attempt: 1, worker: "w",
            host: "h",
            model: "m", modelVersion: "1", startedAt: 1)
        _ = try await ledger.recordCompleted(
            [CompletedRecord(run: run, endedAt: 2, verdict: .stable, outputs: [], message: "")],
            in: stage.definition.table)
    }

    @Test("nothing is put back without a ledger to ask, or one that does not answer")
    func noLedger() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(model: "true")
            let none = try await scaler(stage, cluster, ["--requeue-failed"])
            #expect(none.status == 78 && none.errors.contains("ATMOS_MARIADB_URL"), "\(none)")
            let gone = try await scaler(
                stage, cluster, ["--requeue-failed"], ledger: "mariadb://u@localhost/d?socket=/no/such.sock")
            #expect(gone.status == 69 && gone.errors.contains("/no/such.sock"), "\(gone)")
        }
    }

    @Test("a worker that is evicted gives its point back, uncounted; the Job's next pod runs it; there is one Job")
    func evicted() async throws {
        try await TestCluster.run { cluster in
            let stage = try await RoleFixture(
                model: "touch ../../begun; [ -e ../../go ] || sleep 1000; \(Self.model)", leaseSeconds: 600)
            @Sendable func path(_ name: String) -> String { stage.run.scratch.path.appending(name).string }
            try await stage.enqueue("1", "2")
            let point = try hash("2", stage)
            #expect(try await scaler(stage, cluster).errors.contains("2 points wait for a Job"))
            let ended = try await stage.role("atmos-worker", environment: ["ATMOS_POINT": point]) { process in
                Task {
                    while !FileManager.default.fileExists(atPath: path("begun")) {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    kill(process, SIGTERM)
                }
            }
            #expect(ended.status == 143, "\(ended)")
            let ready = try await stage.queues.readyJobs(in: RingQueues.main)
            #expect(Set(ready.map(\.id)) == [point, try hash("1", stage)])
            let none = try await scaler(stage, cluster)
            #expect(none.status == 0 && none.errors.contains("no point waits for a Job"), "\(none)")

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
