import Foundation
import LeaseQueue
import Logging
import RedisClient
import TestSupport
import Testing

@Suite("The README")
struct ReadmeTests {
    @Test("its examples work, except for the address and the time to wait")
    func examples_work() async throws {
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

        _ = try await queues.enqueue([Job("a"), Job("b")], to: "resize")
        try await queues.withConnectionThread {
            var leases = try await queues.lease(1, from: "resize").leases
            while !leases.isEmpty {
                leases = try await queues.finish(leases.map { .complete($0) }, in: "resize", leaseNext: 1).next.leases
            }
        }
        #expect(try await queues.counts()["resize"] == QueueCounts())
    }

    @Test("every line of its examples is in the test above, except for those two")
    func exampleLines_areTested() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let readme = tests.appending(path: "../../Sources/LeaseQueue/README.md")
        let above = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        var examples: [Substring] = []
        var isInside = false
        for line in try String(contentsOf: readme, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("```") { isInside = line == "```swift" } else if isInside { examples.append(line) }
        }
        #expect(examples.count == 16)
        for line in examples where !line.contains("redis://localhost") && !line.contains("wait: .seconds(60)") {
            #expect(above.contains(line.drop { $0 == " " }), "\(line)")
        }
    }
}
