import Glibc
import LeaseQueue
import LocalStack
import RedisClient
import Synchronization
import TestSupport
import Testing

@Suite("A server that is killed", .timeLimit(.minutes(3)))
struct CrashTests {
    /// What producers and a consumer were told.
    private struct Acknowledged {
        var enqueued: Set<String> = []
        var completed: Set<String> = []
    }

    private final class Notes: Sendable {
        private let told = Mutex(Acknowledged())

        var all: Acknowledged { told.withLock { $0 } }

        func enqueued(_ id: String) { told.withLock { _ = $0.enqueued.insert(id) } }

        func completed(_ id: String) { told.withLock { _ = $0.completed.insert(id) } }
    }

    /// Completes and forwards some jobs.
    private static func work(_ queues: LeaseQueues, _ notes: Notes) async throws {
        let leases = try await queues.lease(5, from: "main", leaseTime: .milliseconds(300)).leases
        let outcomes = leases.map { lease in
            Outcome.complete(lease, forward: [Forward(queue: "next", job: Job(lease.id))])
        }
        let results = try await queues.finish(outcomes, in: "main").results
        for (lease, result) in zip(leases, results) where result != .stale { notes.completed(lease.id) }
    }

    @Test("killed with -9 again and again under load, with appendfsync always: what was acknowledged is there, once")
    func underLoad() async throws {
        try await TestRedis.withPrivateServer(options: ["--appendfsync", "always"]) { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer(queues: [
                QueueConfiguration(name: "main", maximumCrashes: 1000), QueueConfiguration(name: "next"),
            ])
            let notes = Notes()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for producer in 0..<3 {
                    group.addTask {
                        for number in 0..<200 {
                            let id = "\(producer)-\(number)"
                            _ = try await queues.enqueue([Job(id)], to: "main")
                            notes.enqueued(id)
                        }
                    }
                }
                group.addTask {
                    while notes.all.completed.count < 600 { try await Self.work(queues, notes) }
                }
                // A kill each time that so many more jobs are through.
                for mark in [100, 250, 400] {
                    while notes.all.completed.count < mark { _ = try await queues.counts() }
                    kill(try #require(server.processIdentifier), SIGKILL)
                    let acknowledged = notes.all
                    let (main, next) = try await (
                        fixture.surely { try await $0.state() }, fixture.surely { try await $0.state(of: "next") }
                    )
                    #expect(main.contradictions == [] && next.contradictions == [])
                    #expect(acknowledged.completed.isSubset(of: next.jobs))
                    #expect(acknowledged.enqueued.isSubset(of: main.jobs.union(next.jobs)))
                }
                try await group.waitForAll()
            }
            // A producer that was not told of its job enqueues it again, perhaps after its completion.
            while try await queues.counts()["main"]?.outstanding != 0 { try await Self.work(queues, notes) }
            let all = notes.all.enqueued
            #expect(all.count == 600)
            #expect(try await fixture.state().jobs == [])
            #expect(try await fixture.state(of: "next").jobs == all)
        }
    }
}

extension QueueFixture {
    /// Looks again while there is no connection.
    fileprivate func surely<Result>(_ look: (QueueFixture) async throws -> Result) async throws -> Result {
        while true {
            do {
                return try await look(self)
            } catch let error as RedisError where error.isTransient {}
        }
    }
}
