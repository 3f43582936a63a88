import LeaseQueue
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("The README")
struct ReadmeTests {
    @Test("its example works as it stands, but for the address and the time to wait")
    func example() async throws {
        let queues = try await LeaseQueues.connect(
            to: RedisConfiguration(url: TestRedis.shared().url), namespace: TestRedis.uniqueNamespace(),
            queues: [QueueConfiguration(name: "resize"), QueueConfiguration(name: "publish")],
            consumer: "worker-1", logger: Logger(label: "worker"))
        _ = try await queues.enqueue([Job(id: "cat.jpg", payload: Array("640x480".utf8))], to: "resize")
        var reply = try await queues.lease(1, from: "resize", wait: .seconds(1))
        while let lease = reply.leases.first {
            let publish = Forward(queue: "publish", job: Job(id: lease.id, payload: lease.payload))
            reply = try await queues.finish([.complete(lease, forward: [publish])], in: "resize", leaseNext: 1).next
        }
        #expect(try await queues.counts() == ["resize": QueueCounts(), "publish": QueueCounts(ready: 1)])
    }
}
