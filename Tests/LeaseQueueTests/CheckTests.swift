import LeaseQueue
import RedisClient
import Support
import TestSupport
import Testing

@Suite("Searching for damage", .timeLimit(.minutes(3)))
struct CheckTests {
    /// Creates a queue with a job in every place, and further ready jobs.
    private func fixture() async throws -> (QueueFixture, LeaseQueues) {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer(queues: [QueueConfiguration(name: "main", maximumAttempts: 1)])
        _ = try await queues.enqueue([Job("dead", priority: 9), Job("held", priority: 9)], to: "main")
        let leases = try await queues.lease(2, from: "main").leases
        _ = try await queues.finish([.fail(leases[0], error: "no")], in: "main")
        _ = try await queues.enqueue([Job("later", delay: .seconds(60)), Job("low", priority: 0)], to: "main")
        _ = try await queues.enqueue((0..<500).map { Job("\($0)") }, to: "main")
        return (fixture, queues)
    }

    /// A damage: the commands that cause it (`P` is the queue's prefix, `N` the namespace's), and the expected
    /// findings.
    struct Damage: Sendable, CustomTestStringConvertible {
        let commands: [[String]]
        let problems: [QueueCheck.Problem: [String]]

        init(_ commands: [String]..., finds problems: [QueueCheck.Problem: [String]]) {
            self.commands = commands
            self.problems = problems
        }

        var testDescription: String { problems.keys.map(\.rawValue).joined(separator: " and ") }
    }

    static let damages = [
        Damage(["RPUSH", "P:ready:5", "x"], finds: [.ghost: ["x"]]),
        Damage(["ZADD", "P:delayed", "1", "x"], ["ZADD", "P:dead", "1", "y"], finds: [.ghost: ["x", "y"]]),
        Damage(["HDEL", "P:jobs", "7"], finds: [.ghost: ["7"]]),
        Damage(["LREM", "P:ready:5", "1", "250"], finds: [.lost: ["250"]]),
        Damage(["ZREM", "P:delayed", "later"], ["ZREM", "P:dead", "dead"], finds: [.lost: ["later", "dead"]]),
        // Its record has a time of enqueueing in the far future.
        Damage(
            ["HSET", "P:jobs", "future", "\u{5}" + String(repeating: "x", count: 20)], finds: [.lost: ["future"]]),
        Damage(["RPUSH", "P:ready:5", "3", "3"], finds: [.doubled: ["3"]]),
        Damage(["RPUSH", "P:ready:5", "3"], ["LREM", "P:ready:5", "1", "4"], finds: [.doubled: ["3"], .lost: ["4"]]),
        Damage(["RPUSH", "P:ready:9", "held"], ["RPUSH", "P:ready:9", "dead"], finds: [.doubled: ["held", "dead"]]),
        Damage(["ZADD", "P:delayed", "1", "dead"], finds: [.doubled: ["dead"]]),
        Damage(["HSET", "P:jobs", "9", "short"], finds: [.unreadable: ["9"]]),
        Damage(["LREM", "P:ready:5", "1", "8"], ["RPUSH", "P:ready:2", "8"], finds: [.wrongPriority: ["8"]]),
        Damage(["HDEL", "P:held", "held"], finds: [.leaseWithoutHolder: ["held"]]),
        Damage(["ZREM", "P:leases", "held"], finds: [.holderWithoutLease: ["held"]]),
        Damage(["HSET", "P:errors", "unknown", "text"], finds: [.historyWithoutJob: ["unknown"]]),
        Damage(["HSET", "P:errors", "5", "text"], finds: [.historyNotNoted: ["5"]]),
        Damage(["RPUSH", "P:wake", "1", "1"], finds: [.wakeList: ["P:wake"]]),
        Damage(
            ["HSET", "N:control", "budget:main", "-3", "limit:main", "many", "state:main", "walk", "totals:main", "?"],
            finds: [.setting: ["budget:main", "limit:main", "state:main", "totals:main"]]),
    ]

    @Test("each kind of damage is found, and repaired on request without changing anything else", arguments: damages)
    func damage_isFoundAndRepaired(_ damage: Damage) async throws {
        let (fixture, queues) = try await fixture()
        func named(_ word: String) -> String {
            word.replacing("P:", with: "{\(fixture.namespace)}:main:").replacing("N:", with: "{\(fixture.namespace)}:")
        }
        #expect(try await queues.check("main").isClean)
        for command in damage.commands {
            _ = try await fixture.redis.send(command.map { Array(named($0).utf8) })
        }
        let expected = Set(damage.problems.flatMap { problem, ids in ids.map { "\(problem) \(named($0))" } })
        let found = try await queues.check("main")
        #expect(Set(found.findings.map { "\($0.problem) \($0.id)" }) == expected)
        #expect(found.findings.allSatisfy { !$0.isRepaired })
        let repaired = try await queues.check("main", repair: true)
        #expect(Set(repaired.findings.map { "\($0.problem) \($0.id)" }) == expected)
        #expect(repaired.findings.allSatisfy { $0.isRepaired })
        let clean = try await queues.check("main")
        #expect(clean.isClean, "\(clean.findings)")
        let state = try await fixture.state()
        #expect(state.contradictions == [])
        #expect(state.jobs.count >= 501)
        #expect(clean.jobs == state.jobs.count)
    }

    @Test("a key of another type is reported, and left to an operator")
    func keyOfAnotherType_isReportedAndNotRepaired() async throws {
        let (fixture, queues) = try await fixture()
        let key = "{\(fixture.namespace)}:main:ready:3"
        _ = try await fixture.redis.send("SET", key, "text")
        let check = try await queues.check("main", repair: true)
        #expect(check.findings.map(\.problem) == [.wrongType])
        #expect(check.findings[0].id == key)
        #expect(!check.findings[0].isRepaired)
    }

    @Test("no damage is found in a queue at work, and repairing it changes nothing")
    func queueAtWork_isClean() async throws {
        let fixture = try await QueueFixture()
        let queues = try await fixture.consumer()
        let count = 3000
        _ = try await queues.enqueue((0..<count).map { Job("\($0)", priority: $0 % 10) }, to: "main")
        let working = Task {
            var generator = SplitMix64(seed: 1)
            var ended = 0
            var reply = try await queues.lease(20, from: "main")
            while !reply.leases.isEmpty {
                let outcomes: [Outcome] = reply.leases.map { lease in
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: .release(lease)
                    case 1 where lease.attempt == 1: .fail(lease, error: "no")
                    default: .complete(lease, forward: [Forward(queue: "next", job: Job(lease.id))])
                    }
                }
                for case .complete in outcomes { ended += 1 }
                reply = try await queues.finish(outcomes, in: "main", leaseNext: 20).next
            }
            return ended
        }
        for _ in 0..<10 {
            for queue in ["main", "next"] as [QueueName] {
                let check = try await queues.check(queue, repair: true)
                #expect(check.isClean, "\(check.findings.prefix(5))")
            }
        }
        #expect(try await working.value == count)
        #expect(try await queues.counts()["next"]?.ready == count)
    }
}
