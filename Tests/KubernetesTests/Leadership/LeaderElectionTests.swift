import Synchronization
import TestSupport
import Testing

@testable import KubernetesClient

@Suite("A leader election", .enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct LeaderElectionTests {
    private func election(
        _ client: KubernetesClient, _ namespace: String, _ identity: String, deadline: Duration = .milliseconds(400)
    ) -> LeaderElection {
        LeaderElection(
            client: client, namespace: namespace, name: "scaler", identity: identity,
            timing: .init(duration: .seconds(1), deadline: deadline, period: .milliseconds(30)),
            logger: .silent)
    }

    @Test("stops a leader that cannot renew its Lease before another one starts")
    func lostLeadership_isNeverShared() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        let leading = Mutex<[String: Int]>([:])
        let (started, report) = AsyncStream<String>.makeStream()
        @Sendable func compete(_ identity: String) async throws {
            try await election(client, namespace, identity).run {
                let others = leading.withLock { count in
                    count[identity, default: 0] += 1
                    return count.values.reduce(0, +)
                }
                #expect(others == 1, "two leaders at once")
                report.yield(identity)
                defer { leading.withLock { $0[identity, default: 0] -= 1 } }
                try await Task.sleep(for: .seconds(3600))
            }
        }
        var leaders = started.makeAsyncIterator()
        let a = Task { @Sendable in try await compete("a") }
        #expect(await leaders.next() == "a")
        let b = Task { @Sendable in try await compete("b") }
        // Writing the Lease fails for longer than any deadline.
        try await server.inject(.init(match: "PUT .*\(namespace)/leases", times: 60, status: 503))
        #expect(await leaders.next() != nil)
        a.cancel()
        b.cancel()
        _ = await (a.result, b.result)
    }

    @Test("releases the Lease at the end and passes on errors")
    func end_releasesLease() async throws {
        struct Failure: Error {}
        let (client, namespace) = try await FakeAPIServer.shared().makeTestNamespace()
        try await election(client, namespace, "a").run {}
        let holder = { try await client.get(LeaseObject.self, "scaler", in: namespace).spec?.holderIdentity }
        #expect(try await holder() == "")
        await #expect(throws: Failure.self) { try await election(client, namespace, "b").run { throw Failure() } }
        #expect(try await holder() == "")
    }

    @Test("fails without permission for the Lease")
    func missingPermission_fails() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.inject(.init(match: "GET .*\(namespace)/leases", status: 403, reason: "Forbidden"))
        let error = await #expect(throws: KubernetesError.self) {
            try await election(client, namespace, "a").run {}
        }
        #expect(error?.code == .forbidden)
    }
}

/// Tests of the decisions of a candidate, with time as a parameter.
@Suite("A candidate")
struct LeaseElectionTests {
    private let start = ContinuousClock.now

    private func election(_ identity: String) -> LeaseElection {
        LeaseElection(name: "scaler", namespace: "n", identity: identity, duration: .seconds(15))
    }

    /// Returns the Lease of a step with a new version.
    private func stored(_ step: LeaseElection.Step, version: String = "1") throws -> LeaseObject {
        var lease: LeaseObject
        switch step {
        case .create(let new), .replace(let new): lease = new
        case .wait: throw UnexpectedWait()
        }
        lease.metadata.resourceVersion = version
        return lease
    }

    private struct UnexpectedWait: Error {}

    @Test("creates a missing Lease with the time of its clock")
    func missingLease_isCreated() throws {
        var a = election("a")
        let lease = try stored(a.step(seeing: nil, at: start, wallClock: 1_000_000))
        #expect(lease.spec?.holderIdentity == "a")
        #expect(lease.spec?.leaseDurationSeconds == 15)
        #expect(lease.spec?.acquireTime == "1970-01-01T00:00:01.000000Z")
        #expect(lease.spec?.leaseTransitions == 0)
    }

    @Test("renews its Lease and keeps the acquire time")
    func heldLease_isRenewed() throws {
        var a = election("a")
        let first = try stored(a.step(seeing: nil, at: start, wallClock: 0))
        let second = try stored(a.step(seeing: first, at: start, wallClock: 2_000_000))
        #expect(second.spec?.acquireTime == first.spec?.acquireTime)
        #expect(second.spec?.renewTime == "1970-01-01T00:00:02.000000Z")
        #expect(second.spec?.leaseTransitions == 0)
        #expect(second.metadata.resourceVersion == first.metadata.resourceVersion)
    }

    @Test("waits while another Lease changes, for any error of its clock", arguments: [0, 1 << 52])
    func changingLease_isAwaited(_ othersClock: Int64) throws {
        var a = election("a")
        var b = election("b")
        var lease = try stored(a.step(seeing: nil, at: start, wallClock: othersClock))
        for second in stride(from: 0, to: 60, by: 10) {
            let now = start.advanced(by: .seconds(second))
            #expect(b.step(seeing: lease, at: now, wallClock: 0) == .wait(holder: "a"))
            lease = try stored(a.step(seeing: lease, at: now, wallClock: othersClock + Int64(second + 1) * 1_000_000))
        }
        let last = start.advanced(by: .seconds(60))
        #expect(b.step(seeing: lease, at: last, wallClock: 0) == .wait(holder: "a"))
        #expect(b.step(seeing: lease, at: last.advanced(by: .milliseconds(14_999)), wallClock: 0) == .wait(holder: "a"))
        let taken = try stored(b.step(seeing: lease, at: last.advanced(by: .seconds(15)), wallClock: 0))
        #expect(taken.spec?.holderIdentity == "b")
        #expect(taken.spec?.leaseTransitions == 1)
    }

    @Test("waits for a Lease with old times when it sees it for the first time")
    func oldLease_isAwaited() throws {
        var a = election("a")
        let lease = try stored(a.step(seeing: nil, at: start, wallClock: 0))
        var b = election("b")
        #expect(b.step(seeing: lease, at: start, wallClock: 1 << 52) == .wait(holder: "a"))
    }

    @Test("acquires a released Lease at once; only the holder can release it")
    func releasedLease_isAcquired() throws {
        var a = election("a")
        var b = election("b")
        let lease = try stored(a.step(seeing: nil, at: start, wallClock: 0))
        #expect(b.released(lease, wallClock: 0) == nil)
        let released = try #require(a.released(lease, wallClock: 0))
        #expect(released.spec?.holderIdentity == "")
        #expect(try stored(b.step(seeing: released, at: start, wallClock: 0)).spec?.holderIdentity == "b")
    }
}
