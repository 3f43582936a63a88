import Synchronization
import TestSupport
import Testing

@testable import KubernetesClient

@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.absence)"))
struct LeaderElectionTests {
    private func election(
        _ client: KubernetesClient, _ namespace: String, _ identity: String, deadline: Duration = .milliseconds(400)
    ) -> LeaderElection {
        LeaderElection(
            client: client, namespace: namespace, name: "scaler", identity: identity,
            timing: .init(duration: .seconds(1), deadline: deadline, period: .milliseconds(30)),
            logger: SmallServer.logger)
    }

    @Test("a leader that cannot renew its Lease stops before another begins, and leads again when it can")
    func lost() async throws {
        let server = try await SmallServer.shared()
        let (client, namespace) = try await server.place()
        let leading = Mutex<[String: Int]>([:])
        let (told, tell) = AsyncStream<String>.makeStream()
        @Sendable func stand(_ identity: String) async throws {
            try await election(client, namespace, identity).run {
                let others = leading.withLock { count in
                    count[identity, default: 0] += 1
                    return count.values.reduce(0, +)
                }
                #expect(others == 1, "two lead at once")
                tell.yield(identity)
                defer { leading.withLock { $0[identity, default: 0] -= 1 } }
                try await Task.sleep(for: .seconds(3600))
            }
        }
        var leaders = told.makeAsyncIterator()
        let a = Task { @Sendable in try await stand("a") }
        #expect(await leaders.next() == "a")
        let b = Task { @Sendable in try await stand("b") }
        // Whoever wants to write the Lease finds the server in trouble, longer than any deadline.
        try await server.fault(.init(match: "PUT .*\(namespace)/leases", times: 60, status: 503))
        #expect(await leaders.next() != nil)
        a.cancel()
        b.cancel()
        _ = await (a.result, b.result)
    }

    @Test("when what is led ends, the Lease is given back; its error is passed on")
    func ends() async throws {
        struct Enough: Error {}
        let (client, namespace) = try await SmallServer.shared().place()
        try await election(client, namespace, "a").run {}
        let holder = { try await client.get(LeaseObject.self, "scaler", in: namespace).spec?.holderIdentity }
        #expect(try await holder() == "")
        await #expect(throws: Enough.self) { try await election(client, namespace, "b").run { throw Enough() } }
        #expect(try await holder() == "")
    }

    @Test("without the right to the Lease nobody waits for ever")
    func forbidden() async throws {
        let server = try await SmallServer.shared()
        let (client, namespace) = try await server.place()
        try await server.fault(.init(match: "GET .*\(namespace)/leases", status: 403, reason: "Forbidden"))
        let error = await #expect(throws: KubernetesError.self) {
            try await election(client, namespace, "a").run {}
        }
        #expect(error?.code == .forbidden)
    }
}
