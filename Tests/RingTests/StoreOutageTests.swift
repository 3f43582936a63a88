import LeaseQueue
import LocalStack
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A worker whose artifact store is away", .timeLimit(.minutes(5)))
struct StoreOutageTests {
    /// A model that leaves a file, and puts a file in the place of the store's folder, so that nothing can be stored.
    private static let model =
        "echo 1 > state.txt; rm -r ../../kept; touch ../../kept; touch ../../begun; \(RoleFixture.stableModel)"

    /// Runs a worker for one point, whose store is away when the run ends.
    ///
    /// - Parameter body: is called while the worker waits for the store, with its process id and its answer at /readyz.
    private func run(
        _ fixture: RoleFixture, _ body: @Sendable @escaping (Int32, String) async throws -> Void
    ) async throws -> ProcessResult {
        try await fixture.enqueue("1")
        let endpoint = Endpoint(port: try FreePort.find(1)[0])
        let arguments = [
            "--max-jobs", "1", "--grace", "60s", "--health-port", "\(endpoint.port)", "--artifacts-url",
            "file://\(fixture.run.scratch.path)/kept",
        ]
        return try await fixture.role("atmos-worker", arguments) { process in
            Task {
                do {
                    try await fixture.waitForFile("begun")
                    try await body(process, try await endpoint.wait(for: 503, at: "/readyz"))
                } catch {
                    kill(process, SIGKILL)
                }
                unlink("\(fixture.run.scratch.path)/kept")
            }
        }
    }

    /// Expects the result of the only point to be on its way, after one attempt under one lease.
    private func expectResult(_ fixture: RoleFixture) async throws {
        #expect(try await fixture.counts(of: RingQueues.main) == QueueCounts())
        #expect(try await fixture.counts(of: RingQueues.errorSQL) == QueueCounts())
        #expect(try await fixture.counts(of: RingQueues.completeStableSQL).ready == 1)
        let report = try await fixture.queues.report(of: RingQueues.main)
        #expect(report.lastHour.leased == 1)
        #expect(report.lastHour.failed == 0)
    }

    @Test("keeps its lease, says so at /readyz, and completes the point once the store is back")
    func storeOutage_costsNothing() async throws {
        let fixture = try await RoleFixture(
            model: Self.model, attempts: 1, leaseSeconds: 1, artifacts: ["state.txt"])
        let ended = try await run(fixture) { [queues = fixture.queues] _, readiness in
            #expect(readiness.contains("kept' is not a folder"), "\(readiness)")
            try await eventually("the lease is older than its time") {
                try await queues.heldLeases(in: RingQueues.main, limit: 1).first.map { $0.age > .seconds(3) } ?? true
            }
        }
        #expect(ended.status == 0, "\(ended)")
        try await expectResult(fixture)
    }

    @Test("after SIGTERM stores the files of a run that has ended, and reports its result, within the grace")
    func terminatedWorker_finishesTransfer() async throws {
        let fixture = try await RoleFixture(
            model: Self.model, attempts: 1, leaseSeconds: 60, artifacts: ["state.txt"])
        let ended = try await run(fixture) { process, _ in kill(process, SIGTERM) }
        #expect(ended.status == 143, "\(ended)")
        try await expectResult(fixture)
    }
}
