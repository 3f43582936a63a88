import LeaseQueue
import Logging
import RedisClient
import TestSupport
import Testing

/// A consumer behind a fault proxy, and a look behind the scenes that goes past it.
struct ProxiedQueue: Sendable {
    let proxy: FaultProxy
    let fixture: QueueFixture
    let queues: LeaseQueues
    /// A consumer without the proxy.
    let observer: LeaseQueues

    /// - Parameters:
    ///   - server: nil is the one that all tests share.
    ///   - commandTimeout: of the consumer.
    init(server: String? = nil, commandTimeout: Duration = .seconds(10)) async throws {
        let shared = try await TestRedis.shared().url
        let url = server ?? shared
        proxy = try FaultProxy(to: url)
        fixture = try await QueueFixture(url: url)
        var configuration = try RedisConfiguration(url: proxy.url)
        configuration.commandTimeout = commandTimeout
        queues = try await Self.connect(to: configuration, namespace: fixture.namespace)
        observer = try await fixture.consumer("observer")
    }

    /// Connects, however often a busy machine takes longer for that than the commands' time limit.
    private static func connect(to configuration: RedisConfiguration, namespace: String) async throws -> LeaseQueues {
        while true {
            do {
                return try await LeaseQueues.connect(
                    to: configuration, namespace: namespace,
                    queues: [
                        QueueConfiguration(
                            name: "main", maximumCrashes: 1000, backoff: Backoff(base: .zero, cap: .zero)),
                        QueueConfiguration(name: "next"),
                    ], consumer: "a", patience: .seconds(120), logger: Logger(label: "test"))
            } catch let error as RedisError where error.code == .timeout {}
        }
    }

    /// Checks what must hold at any instant: no contradiction, and jobs in these states.
    func expect(
        main: Set<String>, next: Set<String> = [], _ comment: Comment, location: SourceLocation = #_sourceLocation
    ) async throws {
        for (queue, ids) in [("main", main), ("next", next)] as [(QueueName, Set<String>)] {
            let state = try await fixture.state(of: queue)
            #expect(state.contradictions == [], comment, sourceLocation: location)
            #expect(state.jobs == ids, comment, sourceLocation: location)
        }
        let counts = try await observer.counts()
        #expect(counts["main"]?.outstanding == main.count, comment, sourceLocation: location)
        #expect(counts["next"]?.outstanding == next.count, comment, sourceLocation: location)
    }

    /// Leases one job; where the reply that gave it out was lost, once its lease has run out.
    func leaseSurely() async throws -> Lease {
        if let lease = try await queues.lease(1, from: "main").leases.first { return lease }
        try await fixture.letTimePass()
        return try #require(try await queues.lease(1, from: "main").leases.first)
    }
}
