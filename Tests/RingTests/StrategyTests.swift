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

@Suite("A strategy on the ring", .onDedicatedThread, .timeLimit(.minutes(15)))
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

    @Test("finds the same points and verdicts as without queues", arguments: all)
    func ring_findsSamePoints(strategy: String) async throws {
        let ring = try await InProcessRing(strategy: strategy)
        try await ring.run(.init(workers: 2, masters: 2, delay: 0...2_000))
        let found = try await ring.verdicts()
        #expect(found.count > 40)
        #expect(found == ring.replayed())
    }

    @Test(
        "ends with the same points for 1, 2 and 8 workers and any order of completion",
        arguments: ["{kind: flood, steps: 2}", "{kind: frontier, coarse: 8, interior: fill}"])
    func workerCountAndOrder_changeNothing(strategy: String) async throws {
        for (workers, delay) in [(1, 0...0), (2, 0...3_000), (8, 0...20_000)] {
            let ring = try await InProcessRing(strategy: strategy)
            try await ring.run(.init(workers: workers, masters: 2, clients: 2, delay: delay))
            #expect(try await ring.verdicts() == ring.replayed(), "\(workers) workers")
        }
    }

    @Test("that is a list runs each point once, even if the list repeats it, on or off the axes")
    func list_runsEachPointOnce() async throws {
        let folder = try TemporaryFolder()
        // Two ways to write a point, a comment, an empty line, columns in another order, and values between the steps.
        let file = try folder.write(
            "y,x\n0,0\n1,0\n\n1.0,0e0\n# far away\n0,-10\n0,-100\n0,8.5\n-2.25,3\n", to: "points.csv")
        let ring = try await InProcessRing(strategy: "{kind: list, file: \(file)}")
        try await ring.run(.init(workers: 2, masters: 2, delay: 0...2_000))
        let found = try await ring.verdicts()
        #expect(Set(found.filter { $0.value == "stable" }.keys) == ["0,0", "0,1", "8.5,0", "3,-2.25"])
        #expect(Set(found.filter { $0.value == "unstable" }.keys) == ["-10,0", "-100,0"])
        #expect(found == ring.replayed())
        try await ring.run()
        #expect(try await ring.verdicts() == found, "run again")
    }

    @Test("fills the interior of a region only after its edge is completely resolved")
    func interior_isFilledLast() async throws {
        let ring = try await InProcessRing(strategy: "{kind: frontier, coarse: 4, spacing: 1, interior: fill}")
        let edge = try await ring.changed(strategy: "{kind: frontier, coarse: 4, spacing: 1}").replayed()
        try await ring.run(.init(workers: 4, masters: 2, delay: 0...2_000))
        let first = try await ring.ledger.query(
            "SELECT code FROM \(ring.definition.table) ORDER BY queued_at", rowLimit: edge.count)
        #expect(Set(first.rows.compactMap { $0[0].textValue }) == Set(edge.keys))
        #expect(try await ring.verdicts() == ring.replayed())
    }

    @Test("gives each job the priority of its proposal, up to the worker")
    func proposals_keepTheirPriority() async throws {
        let ring = try await InProcessRing(strategy: "{kind: frontier, coarse: 4, interior: fill}")
        try await ring.start()
        try await ring.withRoles(.init(workers: 0)) {
            var seen: Set<Int> = []
            try await eventually("jobs of all priorities arrive: 1, 5 and 7", within: .seconds(300)) {
                let leases = try await ring.queues.lease(1, from: RingQueues.main, wait: .seconds(1)).leases
                seen.formUnion(leases.map(\.priority))
                let outcomes = try leases.map { lease in
                    guard case .point(let point) = try RingMessage(payload: lease.payload) else { throw Unexpected() }
                    return Outcome.complete(lease, forward: [ring.stableResult(of: lease, point.code)])
                }
                _ = try await ring.queues.finish(outcomes, in: RingQueues.main)
                return seen.isSuperset(of: [1, 5, 7])
            }
            #expect(seen.isSuperset(of: [1, 5, 7]), "\(seen)")
        }
    }

    @Test("that is started again after its end adds nothing", arguments: all)
    func restart_addsNothing(strategy: String) async throws {
        let ring = try await InProcessRing(strategy: strategy, reach: 5)
        try await ring.run()
        let once = try await ring.verdicts()
        try await ring.run()
        #expect(try await ring.verdicts() == once)
    }

    private struct Unexpected: Error {}
}

extension InProcessRing {
    /// The result that a worker reports for a stable point.
    func stableResult(of lease: Lease, _ code: String) -> Forward {
        let attempt = Attempt(
            hash: Hexadecimal.decode(lease.id) ?? [], code: code, token: lease.token.rawValue, attempt: 1,
            worker: "test", host: "test",
            model: "test", modelVersion: "1", startedAt: 1_700_000_000_000_000)
        let result = ResultMessage(
            attempt: attempt, endedAt: 1_700_000_000_000_001, verdict: .stable, message: "", outputs: [:])
        return Forward(
            queue: RingQueues.completeStableSQL, job: Job(id: lease.id, payload: RingMessage.result(result).payload()))
    }
}

@Suite("The start of an exploration", .timeLimit(.minutes(10)))
struct StartTests {
    /// The verdicts that a flood from each start point finds without queues.
    private func flooded(_ ring: InProcessRing) -> [String: String] {
        var verdicts: [String: String] = [:]
        for start in ring.definition.starts {
            verdicts.merge(ring.replayed(from: start)) { $1 }
        }
        return verdicts
    }

    @Test("may be several points, which find separate regions")
    func severalStarts_findSeparateRegions() async throws {
        let ring = try await InProcessRing(
            strategy: "{kind: flood}", reach: 5, more: "starts: [{x: -20, y: 3}, {x: 0}, {y: -30}]")
        #expect(ring.definition.starts.map(\.code) == ["0,0", "-20,3", "0,-30"])
        try await ring.run()
        let found = try await ring.verdicts()
        #expect(found == flooded(ring))
        #expect(found["-20,3"] == "unstable")
    }

    @Test(
        "is rejected if it is not a point, or one that the strategy cannot continue from",
        arguments: [
            ("{kind: flood}", "[{x: 500}]", "is outside its axis"),
            ("{kind: flood}", "[{x: 30}]", "does not meet the constraint 'x + y < 9'"),
            ("{kind: flood}", "[{z: 30}]", "has no key 'z'"),
            ("{kind: frontier, coarse: 4}", "[{x: -6}]", "a whole number of the strategy's largest steps, 4"),
            ("{kind: grid}", "[{x: -6}]", "'starts' cannot be combined with a plan"),
        ])
    func invalidStart_isRejected(strategy: String, starts: String, message: String) async throws {
        let error = await #expect(throws: DefinitionError.self) {
            _ = try await InProcessRing(strategy: strategy, more: "starts: \(starts)")
        }
        #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
    }

    @Test("expands known points if that is requested, for example after the axes were widened")
    func knownPoints_areExpandedOnRequest() async throws {
        let narrow = try await InProcessRing(strategy: "{kind: flood}", steps: 4)
        try await narrow.run()
        let few = try await narrow.verdicts().count
        let wide = try await narrow.changed(strategy: "{kind: flood}")
        try await wide.run()
        #expect(try await wide.verdicts().count == few)
        let again = try await narrow.changed(strategy: "{kind: flood, reexplore: true}")
        try await again.run(.init(workers: 2, masters: 2))
        #expect(try await again.verdicts() == again.replayed())
    }
}
