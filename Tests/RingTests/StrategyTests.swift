import Foundation
import LeaseQueue
import ModelRunner
import ParameterSpace
import RunLedger
import Support
import SystemPackage
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

@Suite("A strategy on the ring", .onDedicatedThread)
struct StrategyTests {
    static let all = [
        "{kind: flood, neighbours: diagonals}",
        "{kind: frontier, coarse: 4}",
        "{kind: frontier, coarse: 4, interior: fill}",
        "{kind: grid, every: 4}",
        "{kind: sobol, points: 300, seed: 7}",
        "{kind: latin-hypercube, points: 300, seed: 7}",
        "{kind: adaptive, coarse: 4, batch: 32}",
        "{kind: adaptive, coarse: 4, batch: 32, output: distance, level: 0.7}",
    ]

    @Test("finds the points and verdicts that it finds by itself", arguments: all)
    func samePoints(strategy: String) async throws {
        let ring = try await RingInProcess(strategy: strategy)
        try await ring.run(.init(workers: 2, masters: 2, delay: 0...2_000))
        let found = try await ring.verdicts()
        #expect(found.count > 40)
        #expect(found == ring.replayed())
    }

    @Test(
        "ends with the same points for 1, 2 and 8 workers and any order of completion",
        arguments: ["{kind: flood, steps: 2}", "{kind: frontier, coarse: 8, interior: fill}"])
    func anyOrder(strategy: String) async throws {
        for (workers, delay) in [(1, 0...0), (2, 0...3_000), (8, 0...20_000)] {
            let ring = try await RingInProcess(strategy: strategy)
            try await ring.run(.init(workers: workers, masters: 2, clients: 2, delay: delay))
            #expect(try await ring.verdicts() == ring.replayed(), "\(workers) workers")
        }
    }

    @Test("that is a list runs each of its points once, however often it stands there, on the axes or off them")
    func list() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path.appending("points.csv")
        // Two ways to write a point, a comment, an empty line, columns in another order, and values between the steps.
        try "y,x\n0,0\n1,0\n\n1.0,0e0\n# far away\n0,-10\n0,-100\n0,8.5\n-2.25,3\n".write(
            toFile: file.string, atomically: true, encoding: .utf8)
        let ring = try await RingInProcess(strategy: "{kind: list, file: \(file)}")
        try await ring.run(.init(workers: 2, masters: 2, delay: 0...2_000))
        let found = try await ring.verdicts()
        #expect(Set(found.filter { $0.value == "stable" }.keys) == ["0,0", "0,1", "8.5,0", "3,-2.25"])
        #expect(Set(found.filter { $0.value == "unstable" }.keys) == ["-10,0", "-100,0"])
        #expect(found == ring.replayed())
        try await ring.run()
        #expect(try await ring.verdicts() == found, "started again")
    }

    @Test("fills the inside of a region only when its edge is as sharp as it gets")
    func insideLast() async throws {
        let ring = try await RingInProcess(strategy: "{kind: frontier, coarse: 4, spacing: 1, interior: fill}")
        let edge = try await ring.changed(strategy: "{kind: frontier, coarse: 4, spacing: 1}").replayed()
        try await ring.run(.init(workers: 4, masters: 2, delay: 0...2_000))
        let first = try await ring.ledger.query(
            "SELECT code FROM \(ring.definition.table) ORDER BY queued_at", rowLimit: edge.count)
        #expect(Set(first.rows.compactMap { $0[0].textValue }) == Set(edge.keys))
        #expect(try await ring.verdicts() == ring.replayed())
    }

    @Test("gives a job the priority of its proposal, all the way to the worker")
    func priorities() async throws {
        let ring = try await RingInProcess(strategy: "{kind: frontier, coarse: 4, interior: fill}")
        try await ring.start()
        try await ring.withRoles(.init(workers: 0)) {
            var seen: Set<Int> = []
            while !seen.isSuperset(of: [1, 5, 7]) {
                let leases = try await ring.queues.lease(1, from: RingQueues.main, wait: .seconds(1)).leases
                seen.formUnion(leases.map(\.priority))
                let outcomes = try leases.map { lease in
                    guard case .point(let point) = try RingMessage(payload: lease.payload) else { throw Unexpected() }
                    return Outcome.complete(lease, forward: [ring.stableResult(of: lease, point.code)])
                }
                _ = try await ring.queues.finish(outcomes, in: RingQueues.main)
            }
        }
    }

    @Test("that was started again after its end adds nothing", arguments: all)
    func startedAgain(strategy: String) async throws {
        let ring = try await RingInProcess(strategy: strategy, reach: 5)
        try await ring.run()
        let once = try await ring.verdicts()
        try await ring.run()
        #expect(try await ring.verdicts() == once)
    }

    private struct Unexpected: Error {}
}

extension RingInProcess {
    /// What a worker says of a stable point.
    func stableResult(of lease: Lease, _ code: String) -> Forward {
        let attempt = AttemptMessage(
            hash: lease.id, code: code, token: lease.token.rawValue, attempt: 1, worker: "test", host: "test",
            model: "test", modelVersion: "1", startedAt: 1_700_000_000_000_000)
        let result = ResultMessage(
            attempt: attempt, endedAt: 1_700_000_000_000_001, verdict: .stable, message: "", outputs: [:])
        return Forward(
            queue: RingQueues.completeStableSQL, job: Job(id: lease.id, payload: RingMessage.result(result).payload()))
    }
}
