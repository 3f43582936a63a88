import Foundation
import LeaseQueue
import ParameterSpace
import RunLedger
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A worker", .timeLimit(.minutes(10)))
struct WorkerTests {
    @Test("runs what is ready and exits with 0 once no job is ready or leased")
    func idleWorker_exits() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        try await fixture.enqueue("1", "2")
        // The results wait for a sql-client, which this test does not run: the ring is not empty until they are gone.
        async let ended = fixture.role("atmos-worker", ["--idle-limit", "0"])
        var taken = 0
        while taken < 2 {
            let leases = try await fixture.queues.lease(
                10, from: RingQueues.completeStableSQL, wait: .seconds(1)
            ).leases
            taken += leases.count
            _ = try await fixture.queues.finish(
                leases.map { .complete($0) }, in: RingQueues.completeStableSQL)
        }
        #expect(try await ended.status == 0)
        #expect(try await fixture.queues.counts().isFinished)
    }

    @Test("exits with 0 after --max-jobs points")
    func maxJobs_limitsPoints() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        try await fixture.enqueue("1", "2", "3")
        let ended = try await fixture.role("atmos-worker", ["--max-jobs", "2"])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await fixture.counts(of: RingQueues.completeStableSQL).ready == 2)
        #expect(try await fixture.counts(of: RingQueues.main).ready == 1)
    }

    @Test("on SIGTERM ends the model, gives its lease back at once without counting an attempt, and exits with 143")
    func sigterm_givesLeaseBack() async throws {
        let fixture = try await RoleFixture(model: "echo $$ > ../../model.pid; sleep 1000", leaseSeconds: 600)
        try await fixture.enqueue("1")
        let ended = try await fixture.role("atmos-worker") { process in
            Task {
                defer { kill(process, SIGTERM) }
                try await eventually("the model runs", within: .seconds(120)) {
                    (try? fixture.run.scratch.text("model.pid").hasSuffix("\n")) == true
                }
            }
        }
        #expect(ended.status == 143, "\(ended)")
        let model = try fixture.run.scratch.text("model.pid").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(kill(try #require(Int32(model)), 0) == -1, "the model is still running")
        let lease = try #require(try await fixture.queues.lease(1, from: RingQueues.main).leases.first)
        #expect(lease.attempt == 1)
        #expect(lease.deliveries == 2)
    }

    @Test("keeps its lease with heartbeats while the model runs for longer than the lease time")
    func longRun_keepsLease() async throws {
        let fixture = try await RoleFixture(model: "sleep 3; \(RoleFixture.stableModel)", leaseSeconds: 1)
        try await fixture.enqueue("1")
        let ended = try await fixture.role("atmos-worker", ["--max-jobs", "1"])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await fixture.counts(of: RingQueues.runningSQL).ready == 1, "the start of the run is reported once")
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts())
        #expect(try await fixture.counts(of: RingQueues.completeStableSQL).ready == 1)
    }

    @Test("says in the log of a failed attempt where its files are")
    func failedAttempt_saysWhereFilesAre() async throws {
        let fixture = try await RoleFixture(model: "echo no sun >&2; exit 3", attempts: 1)
        try await fixture.enqueue("1")
        _ = try await fixture.role("atmos-worker", ["--max-jobs", "1", "--keep-failed-runs"])
        let leases = try await fixture.queues.lease(2, from: RingQueues.errorSQL).leases
        let failures = try leases.compactMap { lease in
            if case .failure(let record) = try RingMessage(payload: lease.payload) { record } else { nil }
        }
        let record = try #require(failures.first)
        #expect(record.message == "the model exited with status 3; its log ends with: no sun")
        let end = try #require(record.logTail.split(separator: "\n").last)
        #expect(end.hasPrefix("[the files of this attempt: /"), "\(end)")
        #expect(end.contains("\(try fixture.hash("1"))-"), "\(end)")
    }

    @Test("exits with 78 if it is misconfigured and 69 if it finds no Redis, each with a reason")
    func misconfiguration_exitsWithReason() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        let noServer = try await fixture.role("atmos-worker", environment: ["ATMOS_REDIS_URL": "unix:///no/such.sock"])
        #expect(noServer.status == 69, "\(noServer)")
        #expect(noServer.errors.contains("/no/such.sock"), "\(noServer)")
        let badURL = try await fixture.role("atmos-worker", environment: ["ATMOS_REDIS_URL": "http://host"])
        #expect(badURL.status == 78, "\(badURL)")
        let unset = try await fixture.role("atmos-worker", environment: ["ATMOS_REDIS_URL": ""])
        #expect(unset.status == 78, "\(unset)")
        #expect(unset.errors.contains("ATMOS_REDIS_URL"), "\(unset)")
        try FileManager.default.removeItem(atPath: fixture.run.scratch.path.appending("model.sh").string)
        let noModel = try await fixture.role("atmos-worker")
        #expect(noModel.status == 78, "\(noModel)")
        #expect(noModel.errors.contains("model.sh"), "\(noModel)")
    }
}

@Suite("A worker for one point", .timeLimit(.minutes(10)))
struct PointWorkerTests {
    @Test("runs that point, even if others come before it, and exits")
    func point_isRunFirst() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        try await fixture.enqueue("1", "2", "3")
        let ended = try await fixture.role("atmos-worker", ["--point", fixture.hash("2")])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await fixture.counts(of: RingQueues.completeStableSQL).ready == 1)
        #expect(try await fixture.queues.states(of: [fixture.hash("2")], in: RingQueues.main) == [nil])
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts(ready: 2))
        // Again, named by the environment: it is done.
        let again = try await fixture.role("atmos-worker", environment: ["ATMOS_POINT": fixture.hash("2")])
        #expect(again.status == 0, "\(again)")
        #expect(again.errors.contains("point not ready"), "\(again)")
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts(ready: 2))
    }

    @Test("counts an attempt if the model fails, and exits")
    func failedModel_countsAttempt() async throws {
        let fixture = try await RoleFixture(model: "exit 3", attempts: 1)
        try await fixture.enqueue("1")
        let ended = try await fixture.role("atmos-worker", ["--point", fixture.hash("1")])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await fixture.queues.states(of: [fixture.hash("1")], in: RingQueues.main) == [.dead])
    }

    @Test("leaves the point alone if another consumer has it, and exits")
    func leasedPoint_isLeftAlone() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel, leaseSeconds: 600)
        try await fixture.enqueue("1")
        let lease = try #require(try await fixture.queues.lease(1, from: RingQueues.main).leases.first)
        let ended = try await fixture.role("atmos-worker", ["--point", fixture.hash("1")])
        #expect(ended.status == 0, "\(ended)")
        #expect(try await fixture.queues.finish([.complete(lease)], in: RingQueues.main).results == [.done])
    }

    @Test("rejects an invalid hash", arguments: ["x", "../etc", "abcd"])
    func invalidHash_isRejected(point: String) async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        let ended = try await fixture.role("atmos-worker", ["--point", point])
        #expect(ended.status == 78, "\(ended)")
        #expect(ended.errors.contains("'\(point)'"), "\(ended)")
        #expect(ended.errors.contains("hash"), "\(ended)")
    }

    @Test("is what the scaler renders for each point, up to the maximum")
    func scaler_rendersJobForEachPoint() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        try await fixture.enqueue("1", "2", "3")
        let root = Executables.project.appending(path: "config/scaler/").path
        let arguments = ["--job-template", root + "/workers.yaml", "--values", root + "/values.yaml", "--per-job"]
        let ended = try await fixture.role("atmos-scaler", arguments + ["--maximum", "2"])
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.errors.contains("2 points wait for a Job"), "\(ended)")
        #expect(ended.output.split(separator: "\n").count { $0 == "kind: Job" || $0 == "kind: \"Job\"" } == 2)
        #expect(try ended.output.contains("\"\(fixture.hash("1"))\""))
        #expect(ended.output.contains("atmos-explorer.io/point"))
        let other = try await fixture.role("atmos-scaler", arguments + ["--queue", "explore"])
        #expect(other.status == 78, "\(other)")
        #expect(other.errors.contains("for the queue 'main'"), "\(other)")
        let watched = try await fixture.role("atmos-scaler", arguments + ["--watch", "--requeue-failed"])
        #expect(watched.status == 64, "\(watched)")
    }
}

@Suite("The kill switch", .timeLimit(.minutes(10)))
struct KillSwitchTests {
    @Test("stops a worker within a heartbeat, and drains it after its point")
    func stopAndDrain_endWorker() async throws {
        let fixture = try await RoleFixture(model: "touch ../../begun; sleep 1000", leaseSeconds: 1)
        try await fixture.enqueue("1", "2")
        async let worker = fixture.role("atmos-worker")
        try await fixture.waitForFile("begun")
        let now = try await fixture.role("atmos-kill", ["--now"])
        #expect(now.status == 0, "\(now)")
        #expect(now.output.contains("to stop; 1 "), "\(now)")
        let stopped = try await worker
        #expect(stopped.status == 0, "\(stopped)")
        #expect(try await fixture.counts(of: RingQueues.main).ready == 2)

        #expect(try await fixture.role("atmos-kill", ["--drain"]).status == 0)
        #expect(try await fixture.role("atmos-worker").status == 0)
        #expect(try await fixture.role("atmos-kill", ["--resume"]).status == 0)
        #expect(try await fixture.queues.control(of: RingQueues.main) == .run)
    }

    @Test("clears the queues only after confirmation, and while a worker holds a lease only if forced")
    func reset_needsConfirmationAndNoLeases() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        try await fixture.enqueue("1", "2")
        let lease = try #require(try await fixture.queues.lease(1, from: RingQueues.main).leases.first)
        let refused = try await fixture.role("atmos-kill", ["--reset", "--yes"])
        #expect(refused.status == 78, "\(refused)")
        #expect(refused.errors.contains("held by test"), "\(refused)")
        let unconfirmed = try await fixture.role("atmos-kill", ["--reset", "--force"])
        #expect(unconfirmed.status == 78, "\(unconfirmed)")
        #expect(unconfirmed.errors.contains("not confirmed"), "\(unconfirmed)")
        #expect(try await fixture.counts(of: RingQueues.main).outstanding == 2)
        let forced = try await fixture.role("atmos-kill", ["--reset", "--force", "--yes"])
        #expect(forced.status == 0, "\(forced)")
        #expect(try await fixture.queues.counts().isFinished)
        #expect(try await fixture.queues.finish([.complete(lease)], in: RingQueues.main).results == [.stale])
    }

    @Test("watches until the queues were empty in a number of checks, then stops the workers")
    func watch_stopsWorkersOfEmptyRing() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        let watched = try await fixture.role("atmos-kill", ["--watch", "--forgive", "2", "--every", "1"])
        #expect(watched.status == 0, "\(watched)")
        #expect(watched.output.contains("found empty 2 of 2 times"))
        #expect(try await fixture.queues.control(of: RingQueues.main) == .stop)
    }

    @Test("ends its watch with 1 and a sentence if messages did not arrive")
    func watch_reportsDeadLetters() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        _ = try await fixture.queues.enqueue([Job(id: "message", payload: [])], to: RingQueues.errorSQL)
        try await eventually("the message is a dead letter", within: .seconds(60)) {
            let leases = try await fixture.queues.lease(1, from: RingQueues.errorSQL).leases
            _ = try await fixture.queues.finish(
                leases.map { .fail($0, error: "refused", forward: []) }, in: RingQueues.errorSQL)
            return try await fixture.queues.counts()[RingQueues.errorSQL]?.dead == 1
        }
        let watched = try await fixture.role("atmos-kill", ["--watch", "--forgive", "1"])
        #expect(watched.status == 1, "\(watched)")
        #expect(watched.output.contains("dead letters: 1 in error_sql"), "\(watched)")
        #expect(try await fixture.queues.control(of: RingQueues.main) == .stop)
    }

    @Test("accepts exactly one command")
    func command_isExactlyOne() async throws {
        let fixture = try await RoleFixture(model: RoleFixture.stableModel)
        #expect(try await fixture.role("atmos-kill", ["--now", "--drain"]).status == 64)
        #expect(try await fixture.role("atmos-kill").status == 64)
    }
}
