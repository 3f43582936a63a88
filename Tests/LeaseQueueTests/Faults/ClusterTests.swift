import Glibc
import LeaseQueue
import LocalStack
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("A node of a cluster", .timeLimit(.minutes(3)))
struct ClusterTests {
    /// One of two nodes.
    private struct Node {
        let port: UInt16
        let connection: RedisConnection

        func configuration() throws -> RedisConfiguration {
            try RedisConfiguration(url: "redis://127.0.0.1:\(port)")
        }

        /// Returns a namespace whose keys are in the lower or the upper half of the slots.
        func namespace(inLowerHalf: Bool) async throws -> (name: String, slot: Int) {
            while true {
                let name = TestRedis.uniqueNamespace()
                let slot = try #require(try await connection.send("CLUSTER", "KEYSLOT", "{\(name)}").number)
                if (slot < 8192) == inLowerHalf { return (name, slot) }
            }
        }

        func queues(_ namespace: String) async throws -> LeaseQueues {
            try await LeaseQueues.connect(
                to: configuration(), namespace: namespace,
                queues: [QueueConfiguration(name: "main", deadLetterNotice: "next"), QueueConfiguration(name: "next")],
                consumer: "a", logger: Logger.silent)
        }
    }

    /// Runs `body` with a cluster of two nodes: the first has the lower half of the slots, the second the upper one.
    private func withNodes(_ body: @Sendable (Node, Node) async throws -> Void) async throws {
        let ports = try FreePort.find(4)
        try await withNode(ports[0], bus: ports[1]) { first in
            try await withNode(ports[2], bus: ports[3]) { second in
                for (node, slots) in [(first, ["0", "8191"]), (second, ["8192", "16383"])] {
                    _ = try await node.connection.send((["CLUSTER", "ADDSLOTSRANGE"] + slots).map { Array($0.utf8) })
                }
                _ = try await first.connection.send("CLUSTER", "MEET", "127.0.0.1", "\(ports[2])", "\(ports[3])")
                for node in [first, second] {
                    try await eventually("the cluster is ready") {
                        try await node.connection.send("CLUSTER", "INFO").text ?? ""
                    } until: {
                        $0.contains("cluster_state:ok") && $0.contains("cluster_slots_ok:16384")
                    }
                }
                try await body(first, second)
            }
        }
    }

    private func withNode(_ port: UInt16, bus: UInt16, _ body: @Sendable (Node) async throws -> Void) async throws {
        let options = [
            "--port", "\(port)", "--cluster-enabled", "yes", "--cluster-port", "\(bus)", "--bind", "127.0.0.1",
        ]
        try await TestRedis.withPrivateServer(options: options) { server in
            let connection = try await RedisConnection.connect(
                to: RedisConfiguration(url: server.url), logger: Logger.silent)
            try await body(Node(port: port, connection: connection))
        }
    }

    @Test("queues work on the node that has their slot; another node refuses, with the address of the right one")
    func otherNode_refusesWithAddress() async throws {
        try await withNodes { first, second in
            let here = try await first.namespace(inLowerHalf: true).name
            let queues = try await first.queues(here)
            _ = try await queues.enqueue([Job("a"), Job("b", delay: .milliseconds(1))], to: "main")
            var hops = 0
            while hops < 2 {
                let leases = try await queues.lease(2, from: "main", wait: .seconds(1)).leases
                let outcomes = leases.map { lease in
                    Outcome.complete(lease, forward: [Forward(queue: "next", job: Job(lease.id, delay: .seconds(9)))])
                }
                let reply = try await queues.finish(outcomes, in: "main")
                #expect(reply.results.allSatisfy { $0 == .done })
                hops += leases.count
            }
            #expect(try await queues.counts()["next"]?.delayed == 2)
            #expect(try await queues.check("main").isClean)
            try await queues.clear()

            let there = try await first.namespace(inLowerHalf: false).name
            let strangers = try await first.queues(there)
            let error = await #expect(throws: RedisError.self) {
                try await strangers.enqueue([Job("a")], to: "main")
            }
            #expect(error?.code == .moved)
            #expect(error?.isTransient == false)
            #expect(error?.message.contains("127.0.0.1:\(second.port)") == true)
            #expect(error?.message.contains("give that node's address") == true)
            #expect(try await second.queues(there).enqueue([Job("a")], to: "main") == [true])
        }
    }

    @Test("while a slot moves, operations are refused with that reason, and work again afterwards")
    func movingSlot_refusesOperations() async throws {
        try await withNodes { first, second in
            let (namespace, slot) = try await first.namespace(inLowerHalf: true)
            let queues = try await first.queues(namespace)
            let identity = try #require(try await second.connection.send("CLUSTER", "MYID").text)
            _ = try await first.connection.send("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", identity)
            let error = await #expect(throws: RedisError.self) { try await queues.enqueue([Job("a")], to: "main") }
            #expect(error?.code == .moved)
            #expect(error?.message.contains("being moved to another node") == true)
            _ = try await first.connection.send("CLUSTER", "SETSLOT", "\(slot)", "STABLE")
            #expect(try await queues.enqueue([Job("a")], to: "main") == [true])
        }
    }
}

@Suite("A replica that is promoted", .timeLimit(.minutes(3)))
struct FailoverTests {
    @Test(
        "if the master is killed with -9, consumers continue on the replica, with all data that it had received"
    )
    func killedMaster_consumersUseReplica() async throws {
        try await FailoverFixture.run { scene in
            var configuration = try RedisConfiguration(url: scene.url)
            configuration.sentinelPassword = FailoverFixture.sentinelPassword
            let queues = try await LeaseQueues.connect(
                to: configuration, namespace: "n",
                queues: [QueueConfiguration(name: "main"), QueueConfiguration(name: "next")], consumer: "a",
                retryTimeout: .seconds(60), logger: Logger.silent)
            _ = try await queues.enqueue((0..<100).map { Job("\($0)") }, to: "main")
            let leases = try await queues.lease(50, from: "main").leases
            func complete(_ leases: some Sequence<Lease>) async throws -> [FinishResult] {
                let outcomes = leases.map {
                    Outcome.complete($0, forward: [Forward(queue: "next", job: Job($0.id))])
                }
                return try await queues.finish(outcomes, in: "main").results
            }
            #expect(try await complete(leases[..<20]).allSatisfy { $0 == .done })

            // Redis replicates after it has replied: the promoted replica has only the data that has arrived.
            try await scene.waitForReplica()
            kill(try #require(scene.master.processIdentifier), SIGKILL)

            // The same object reconnects by itself, and the leases are still held.
            #expect(try await queues.extend(Array(leases[20...])).held.allSatisfy { $0 })
            #expect(try await complete(leases[20...]).allSatisfy { $0 == .done || $0 == .alreadyDone })
            let rest = try await queues.lease(100, from: "main").leases
            #expect(rest.count == 50)
            #expect(rest.allSatisfy { $0.token > leases[49].token })
            #expect(try await complete(rest).allSatisfy { $0 == .done })
            let counts = try await queues.counts()
            #expect(counts["main"]?.outstanding == 0)
            #expect(counts["next"]?.ready == 100)
        }
    }

    @Test("operations wait while a server is a read-only replica")
    func temporaryReplica_delaysOperations() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer()
            let port = try FreePort.find(1)[0]
            _ = try await fixture.redis.send("REPLICAOF", "127.0.0.1", "\(port)")
            let enqueuing = Task { try await queues.enqueue([Job("a")], to: "main") }
            // After two refused commands the operation is being repeated.
            try await eventually("two commands are refused") {
                let statistics = try await fixture.redis.send("INFO", "errorstats").text ?? ""
                let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("errorstat_READONLY") }
                return line?.split(separator: "=").last.flatMap { Int($0) } ?? 0 >= 2
            }
            _ = try await fixture.redis.send("REPLICAOF", "NO", "ONE")
            #expect(try await enqueuing.value == [true])
            #expect(try await fixture.state().ready == [5: ["a"]])
        }
    }

    @Test("a server that remains a replica is reported after the retry timeout")
    func lastingReplica_isReported() async throws {
        try await TestRedis.withPrivateServer { server in
            let fixture = try await QueueFixture(url: server.url)
            let queues = try await fixture.consumer(retryTimeout: .milliseconds(300))
            _ = try await fixture.redis.send("REPLICAOF", "127.0.0.1", "\(FreePort.find(1)[0])")
            let error = await #expect(throws: RedisError.self) { try await queues.enqueue([Job("a")], to: "main") }
            #expect(error?.code == .readOnly)
            #expect(error?.message.contains("master's address") == true)
        }
    }
}
