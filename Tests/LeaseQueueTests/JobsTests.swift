import LeaseQueue
import Testing

@Suite("Looking at jobs and dropping them", .timeLimit(.minutes(3)))
struct JobsTests {
    @Test("a job's state is told, wherever it is")
    func states() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(
            "worker", queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("dead", priority: 9), Job("held", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main", leaseTime: .seconds(600)).leases
        _ = try await queues.finish([.fail(leases[0], error: "no")], in: "main")
        _ = try await queues.enqueue([Job("ready", priority: 3), Job("later", delay: .seconds(60))], to: "main")
        let states = try await queues.states(of: ["ready", "later", "held", "dead", "nowhere"], in: "main")
        #expect(states[0] == .ready(priority: 3) && states[3] == .dead && states[4] == nil)
        guard case .delayed(let due) = states[1], case .leased("worker", let token, let age, let left, "") = states[2]
        else {
            Issue.record("\(states)")
            return
        }
        #expect(due > .seconds(30) && due <= .seconds(60))
        #expect(token == leases[1].token && age >= .zero && left > .seconds(500) && left <= .seconds(600))
        #expect(try await queues.states(of: [], in: "main").isEmpty)
        let many = (0..<2500).map { "job \($0)" }
        #expect(try await queues.states(of: many + ["ready"], in: "main").last == .ready(priority: 3))
    }

    @Test("a ready job's position counts what is leased before it, up to a bound")
    func position() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        _ = try await queues.enqueue(
            [Job("a"), Job("b"), Job("first", priority: 9), Job("last", priority: 0)], to: "main")
        #expect(try await queues.position(of: "first", in: "main") == 0)
        #expect(try await queues.position(of: "b", in: "main") == 2)
        #expect(try await queues.position(of: "last", in: "main") == 3)
        #expect(try await queues.position(of: "none", in: "main") == nil)
        _ = try await queues.lease(1, from: "main")
        #expect(try await queues.position(of: "first", in: "main") == nil)
        _ = try await queues.enqueue((0...LeaseQueues.positionBound).map { Job("\($0)", priority: 8) }, to: "main")
        let bound = LeaseQueues.positionBound
        #expect(try await queues.position(of: "\(bound - 1)", in: "main") == bound - 1)
        #expect(try await queues.position(of: "\(bound)", in: "main") == nil)
    }

    @Test("pages of ids hold every job that stays, whatever comes and goes meanwhile")
    func pages() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let staying = Set((0..<3000).map { "staying \($0)" })
        _ = try await queues.enqueue(staying.map { Job($0) }, to: "main")
        var seen: Set<String> = []
        var cursor: JobIDPage.Cursor?
        var turn = 0
        repeat {
            let page = try await queues.jobIDs(in: "main", after: cursor, limit: 100)
            seen.formUnion(page.ids)
            cursor = page.next
            // Enough for the server to make its table larger in between.
            _ = try await queues.enqueue((0..<200).map { Job("passing \(turn) \($0)") }, to: "main")
            turn += 1
        } while cursor != nil
        #expect(turn > 10 && seen.isSuperset(of: staying))
        #expect(try await queues.jobIDs(in: "next") == JobIDPage(ids: [], next: nil))
    }

    @Test("dropping removes ready, delayed and dead jobs with all that belongs to them, and leaves leased ones")
    func drop() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("dead", priority: 9), Job("held", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        _ = try await queues.finish([.fail(leases[0], error: "no")], in: "main")
        _ = try await queues.enqueue([Job("a"), Job("b", priority: 0), Job("later", delay: .seconds(60))], to: "main")
        #expect(try await queues.drop(ids: ["a", "later", "dead", "held", "nowhere", "a"], from: "main") == 3)
        let state = try await fixture.state()
        #expect(state.ready == [0: ["b"]] && state.leased == ["held"] && state.jobs == ["b", "held"])
        #expect(state.histories.isEmpty && state.contradictions == [])
        #expect(try await queues.finish([.complete(leases[1])], in: "main").results == [.done])
        #expect(try await queues.enqueue([Job("a"), Job("dead")], to: "main") == [true, true])
    }
}
