import Testing

@testable import KubernetesClient

/// The decisions of a candidate, with time as a parameter.
struct LeaseElectionTests {
    private let start = ContinuousClock.now

    private func election(_ identity: String) -> LeaseElection {
        LeaseElection(name: "scaler", namespace: "n", identity: identity, duration: .seconds(15))
    }

    /// The Lease after a candidate wrote it, in another version.
    private func stored(_ step: LeaseElection.Step, version: String = "1") throws -> LeaseObject {
        var lease: LeaseObject
        switch step {
        case .create(let made), .replace(let made): lease = made
        case .wait: throw Waiting()
        }
        lease.metadata.resourceVersion = version
        return lease
    }

    private struct Waiting: Error {}

    @Test("without a Lease it is made, by the first second of whatever the clock says")
    func create() throws {
        var a = election("a")
        let lease = try stored(a.step(seeing: nil, at: start, wallClock: 1_000_000))
        #expect(lease.spec?.holderIdentity == "a")
        #expect(lease.spec?.leaseDurationSeconds == 15)
        #expect(lease.spec?.acquireTime == "1970-01-01T00:00:01.000000Z")
        #expect(lease.spec?.leaseTransitions == 0)
    }

    @Test("its own Lease is renewed, and remembers since when it leads")
    func renew() throws {
        var a = election("a")
        let first = try stored(a.step(seeing: nil, at: start, wallClock: 0))
        let second = try stored(a.step(seeing: first, at: start, wallClock: 2_000_000))
        #expect(second.spec?.acquireTime == first.spec?.acquireTime)
        #expect(second.spec?.renewTime == "1970-01-01T00:00:02.000000Z")
        #expect(second.spec?.leaseTransitions == 0)
        #expect(second.metadata.resourceVersion == first.metadata.resourceVersion)
    }

    @Test("another's Lease is waited for as long as it changes, however wrong its clock is", arguments: [0, 1 << 52])
    func wait(_ othersClock: Int64) throws {
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

    @Test("a record that is old by its own times is waited for too, when it is seen for the first time")
    func oldRecord() throws {
        var a = election("a")
        let lease = try stored(a.step(seeing: nil, at: start, wallClock: 0))
        var b = election("b")
        #expect(b.step(seeing: lease, at: start, wallClock: 1 << 52) == .wait(holder: "a"))
    }

    @Test("a Lease that was given back is taken at once, and only its holder gives it back")
    func release() throws {
        var a = election("a")
        var b = election("b")
        let lease = try stored(a.step(seeing: nil, at: start, wallClock: 0))
        #expect(b.released(lease, wallClock: 0) == nil)
        let released = try #require(a.released(lease, wallClock: 0))
        #expect(released.spec?.holderIdentity == "")
        #expect(try stored(b.step(seeing: released, at: start, wallClock: 0)).spec?.holderIdentity == "b")
    }
}
