import LeaseQueue
import Logging
import ParameterSpace
import RedisClient
import TestSupport
import Testing

@testable import ExplorationFile
@testable import Pipeline

/// The queues of a running exploration may hold a job that an earlier version of the program put there.
@Suite("A search's job under its former id")
struct SearchJobTests {
    /// A ring on the shared Redis, without a ledger.
    private func withRing(_ strategy: String, _ body: (Ring) async throws -> Void) async throws {
        // Redis keeps the queues by the exploration's name.
        let name = TestRedis.uniqueNamespace().replacing(":", with: "-")
        let definition = try DefinitionReader.read(
            text: """
                name: search-job-\(name)
                parameters:
                  - {name: x, kind: scalar, start: 0, axis: {step: 1, minimum: -20, maximum: 20}}
                model:
                  adapter: synthetic
                  region: {centre: {x: 0}, radius: {x: 5}}
                strategy: \(strategy)
                """, file: "search.yaml")
        let redis = try RedisConfiguration(url: try await TestRedis.shared().url)
        try await withConnections { connections in
            try await body(
                try await connections.ring(of: definition, redis: redis, ledger: nil, as: "test", logger: .silent))
        }
    }

    private func enqueue(_ id: String, _ payload: String, in ring: Ring) async throws {
        let job = Job(id: id, payload: Array(payload.utf8))
        #expect(try await ring.queues.enqueue([job], to: RingQueues.explore) == [true])
    }

    @Test(
        "is found, and no second search is started",
        arguments: [
            ("{kind: frontier, initial_step: 4, interior: fill}", "then", "{\"search\":{\"then\":{\"waits\":3}}}"),
            ("{kind: adaptive, initial_step: 4}", "plan", "{\"search\":{\"plan\":{\"waits\":3}}}"),
            ("{kind: flood, expand_known: true}", "known", "{\"search\":{\"known\":{\"verdict\":\"stable\"}}}"),
        ])
    func formerJob_isFound(strategy: String, id: String, payload: String) async throws {
        try await withRing(strategy) { ring in
            let search = try #require(FirstJobs(definition: ring.definition).searches.first)
            #expect(try await !ring.queues.contains(search))
            try await enqueue(id, payload, in: ring)
            #expect(try await ring.queues.contains(search))
            try await Starter(ring).run()
            #expect(try await ring.enqueue(searches: [search]) == 0)
            let states = try await ring.queues.states(of: search.jobIDs, in: RingQueues.explore)
            #expect(states[0] == nil)
            #expect(states[1] != nil)
            // While it is leased, it is found, too.
            let leases = try await ring.queues.lease(1, from: RingQueues.explore).leases
            #expect(leases.map(\.id) == [id])
            #expect(try await ring.queues.contains(search))
            try await Starter(ring).run()
            #expect(try await ring.queues.counts()[RingQueues.explore]?.outstanding == 1)
        }
    }

    @Test("gets its present id with the search's next step")
    func formerJob_isConverted() async throws {
        try await withRing("{kind: frontier, initial_step: 4, interior: fill}") { ring in
            try await enqueue("then", "{\"search\":{\"then\":{\"waits\":3}}}", in: ring)
            // A point that is still to be run keeps the second phase waiting.
            try await Starter(ring).run()
            let leases = try await ring.queues.lease(1, from: RingQueues.explore).leases
            let lease = try #require(leases.first)
            guard case .search(let message) = try RingMessage(payload: lease.payload) else {
                Issue.record("the payload is not a search")
                return
            }
            let step = try await SearchSteps(ring: ring, search: ring.definition.search).step(message, under: lease)
            let next = try #require(step.next)
            #expect(next.id == "start-second-phase")
            #expect(try RingMessage(payload: next.payload) == .search(.startSecondPhase(waits: 4)))
            _ = try await ring.queues.finish(
                [.complete(lease, forward: [Forward(queue: RingQueues.explore, job: next)])], in: RingQueues.explore)
            let states = try await ring.queues.states(
                of: SearchMessage.startSecondPhase(waits: 0).jobIDs, in: RingQueues.explore)
            #expect(states[0] != nil)
            #expect(states[1] == nil)
        }
    }

    @Test("is not needed: a new search is started under its present id")
    func newSearch_hasPresentID() async throws {
        try await withRing("{kind: adaptive, initial_step: 4}") { ring in
            try await Starter(ring).run()
            try await Starter(ring).run()
            let states = try await ring.queues.states(of: ["plan-batch", "plan"], in: RingQueues.explore)
            #expect(states[0] != nil)
            #expect(states[1] == nil)
        }
    }
}
