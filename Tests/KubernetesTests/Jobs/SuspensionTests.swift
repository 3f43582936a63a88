import Synchronization
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// Somebody who deletes all Jobs, and a scaler that is just making one.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct SuspensionTests {
    private static let scaler = "atmos-scaler"

    private func removal(_ place: ScalerPlace) -> WorkerRemoval {
        WorkerRemoval(client: place.client, group: place.group)
    }

    /// A server whose next request for a Job is answered late: the scaler has looked whether it is suspended, and its Job
    /// is not there yet.
    private func holdUp(_ place: ScalerPlace) async throws {
        try await place.server.inject(
            .init(match: "POST .*\(place.group.namespace)/jobs", status: 503, headers: ["Retry-After": "1"]))
    }

    /// Returns once the scaler has asked for a Job.
    private func request(_ place: ScalerPlace) async throws {
        while try await !place.server.requests(in: place.group.namespace).contains(where: {
            $0.method == "POST" && $0.path.hasSuffix("/jobs")
        }) {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test("a scaler that is suspended while it makes a Job deletes that again, also where it loses its lead over it")
    func undone() async throws {
        for isCancelled in [false, true] {
            let place = try await ScalerPlace(pods: "none")
            try await place.makeDeployment()
            try await holdUp(place)
            let round = Task { try await place.round(place.scaler(deployment: Self.scaler), wanted: 2) }
            try await request(place)
            _ = try await removal(place).suspendScaler(Self.scaler)
            if isCancelled { round.cancel() }
            let result = await round.result
            if !isCancelled {
                let found = try result.get()
                #expect(found.restraint == .suspended && found.made.isEmpty && found.undone.count == 1)
                #expect(found.lines.contains { $0.contains("suspended while it was made") })
            }
            #expect(try await place.jobs().isEmpty)
        }
    }

    @Test("what was there before is left alone by a scaler that is suspended while it asks for it again")
    func known() async throws {
        let place = try await ScalerPlace(pods: "none")
        try await place.makeDeployment()
        let decision = ScalingDecision.decide(
            exploration: "earth", queue: "main", work: WorkLoad(ready: 4, leased: 0), live: LiveWorkers(),
            policy: ScalingPolicy())
        let round = {
            try await place.scaler(deployment: Self.scaler).round(
                decide: { _ in decision }, render: { _, _ in [try Manifest(yaml: ScalerPlace.job(pods: 4))] })
        }
        _ = try await round()
        try await holdUp(place)
        async let again = round()
        while try await place.server.requests(in: place.group.namespace).count(where: {
            $0.method == "POST" && $0.path.hasSuffix("/jobs")
        }) < 2 {
            try await Task.sleep(for: .milliseconds(10))
        }
        _ = try await removal(place).suspendScaler(Self.scaler)
        #expect(try await again.known.count == 1)
        #expect(try await place.jobs().count == 1)
    }

    @Test("deleting Jobs ends when the leading scaler has heard that it is suspended, and none comes after that")
    func heard() async throws {
        let place = try await ScalerPlace(pods: "running")
        try await place.makeDeployment()
        try await holdUp(place)
        let election = LeaderElection(
            client: place.client, namespace: place.group.namespace, name: Self.scaler, identity: "a",
            logger: FakeAPIServer.logger)
        let answer = SuspensionAnswer(
            client: place.client, namespace: place.group.namespace, deployment: Self.scaler, lease: Self.scaler,
            identity: "a", logger: FakeAPIServer.logger)
        let rounds = Mutex(0)
        let leader = Task { @Sendable in
            let loop = ScalerLoop(election: election, interval: .milliseconds(20), logger: FakeAPIServer.logger)
            try await loop.run {
                try await answer.give()
                try await place.round(place.scaler(deployment: Self.scaler), wanted: 2)
                rounds.withLock { $0 += 1 }
            }
        }
        try await request(place)
        #expect(try await removal(place).suspendScaler(Self.scaler))
        // Somebody else did so, too.
        #expect(try await removal(place).suspendScaler(Self.scaler))
        var waits: [WorkerRemoval.Wait] = []
        try await removal(place).deleteJobs(grace: nil, suspended: Self.scaler) { waits.append($0) }
        #expect(waits.contains(.scaler))
        #expect(try await place.jobs().isEmpty)
        let done = rounds.withLock(\.self)
        while rounds.withLock({ $0 < done + 3 }) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try await place.jobs().isEmpty)
        // And works again once it may.
        #expect(try await removal(place).resumeScaler(Self.scaler))
        while try await place.jobs().isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        leader.cancel()
        _ = await leader.result
    }

    @Test("nobody waits for a scaler that is not there: without a Deployment, a Lease, or a holder")
    func nobody() async throws {
        let place = try await ScalerPlace(pods: "none")
        try await removal(place).deleteJobs(grace: nil) { #expect($0 == .pods(0)) }
        try await place.makeDeployment()
        #expect(try await removal(place).suspendScaler(Self.scaler))
        try await removal(place).deleteJobs(grace: nil, suspended: Self.scaler) { #expect($0 == .pods(0)) }
        try await makeLease(of: nil, in: place)
        try await removal(place).deleteJobs(grace: nil, suspended: Self.scaler) { #expect($0 == .pods(0)) }
    }

    /// The Lease that scalers elect their leader by.
    private func makeLease(of holder: String?, in place: ScalerPlace) async throws {
        var spec = LeaseObject.Spec()
        spec.holderIdentity = holder
        _ = try await place.client.create(
            LeaseObject(metadata: ObjectMetadata(name: Self.scaler), spec: spec), in: place.group.namespace)
    }

    @Test("who leads no more does not answer for whoever does; one by hand is not answered")
    func notOurs() async throws {
        let place = try await ScalerPlace(pods: "none")
        try await place.makeDeployment()
        try await makeLease(of: "b", in: place)
        func answer(as identity: String) async throws -> String? {
            try await SuspensionAnswer(
                client: place.client, namespace: place.group.namespace, deployment: Self.scaler, lease: Self.scaler,
                identity: identity, logger: FakeAPIServer.logger
            ).give()
            return try await place.client.get(LeaseObject.self, Self.scaler, in: place.group.namespace)
                .metadata.annotations?[Annotations.suspension]
        }
        try await place.client.patch(
            .deployments, Self.scaler, in: place.group.namespace, with: AnnotationPatch([Annotations.suspended: "true"])
        )
        #expect(try await answer(as: "b") == nil)
        #expect(try await removal(place).suspendScaler(Self.scaler))
        #expect(try await answer(as: "a") == nil)
        let deployment = try await place.client.get(DeploymentObject.self, Self.scaler, in: place.group.namespace)
        let suspension = try #require(Suspension(of: deployment))
        #expect(try await answer(as: "b") == suspension.id)
    }

    @Test("whoever waits for a scaler that somebody else resumes is told so, and does not wait for ever")
    func resumed() async throws {
        let place = try await ScalerPlace(pods: "none")
        try await place.makeDeployment()
        try await makeLease(of: "b", in: place)
        #expect(try await removal(place).suspendScaler(Self.scaler))
        let (waiting, wait) = AsyncStream<WorkerRemoval.Wait>.makeStream()
        async let deletion: Void = removal(place).deleteJobs(grace: nil, suspended: Self.scaler) { wait.yield($0) }
        for await step in waiting where step == .scaler { break }
        #expect(try await removal(place).resumeScaler(Self.scaler))
        do {
            try await deletion
            Issue.record("nobody said that the scaler was resumed")
        } catch let error as KubernetesError {
            #expect(error.code == .conflict && error.description.contains("resumed"))
        }
    }

    @Test("a holder that has vanished counts as gone when its record has stayed the same for its duration")
    func vanished() throws {
        let suspension = Suspension(id: "one")
        var watch = SuspensionWatch()
        var lease = LeaseObject(metadata: ObjectMetadata(name: "l"), spec: LeaseObject.Spec())
        lease.spec?.holderIdentity = "a"
        lease.spec?.leaseDurationSeconds = 15
        let start = ContinuousClock.now
        func isHeard(_ lease: LeaseObject?, after seconds: Int) -> Bool {
            watch.isHeard(suspension, seeing: lease, at: start + .seconds(seconds))
        }
        #expect(!isHeard(lease, after: 0))
        #expect(!isHeard(lease, after: 14))
        lease.spec?.renewTime = "2026-11-20T21:00:00.000000Z"
        #expect(!isHeard(lease, after: 15))
        lease.metadata.annotations = [Annotations.suspension: "another"]
        #expect(!isHeard(lease, after: 16))
        #expect(isHeard(lease, after: 30))
        lease.spec?.renewTime = "2026-11-20T21:00:30.000000Z"
        #expect(!isHeard(lease, after: 31))
        lease.metadata.annotations = [Annotations.suspension: "one"]
        #expect(isHeard(lease, after: 32))
        lease.metadata.annotations = nil
        #expect(isHeard(nil, after: 33))
    }
}
