import Synchronization
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// A client that deletes all Jobs while a scaler is creating one.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct SuspensionTests {
    private static let scaler = "atmos-scaler"

    private func removal(_ fixture: ScalerFixture) -> WorkerRemoval {
        WorkerRemoval(client: fixture.client, group: fixture.group)
    }

    /// Delays the next request for a Job: the scaler has checked whether it is suspended, and its Job does not exist yet.
    private func delayNextJob(_ fixture: ScalerFixture) async throws {
        try await fixture.server.inject(
            .init(match: "POST .*\(fixture.group.namespace)/jobs", status: 503, headers: ["Retry-After": "1"]))
    }

    /// Returns once the scaler has requested a number of Jobs.
    private func waitForJobRequests(
        _ count: Int, _ fixture: ScalerFixture, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("\(count) Jobs are requested", sourceLocation: sourceLocation) {
            try await fixture.server.requests(in: fixture.group.namespace).count {
                $0.method == "POST" && $0.path.hasSuffix("/jobs")
            } >= count
        }
    }

    @Test("a scaler that is suspended while it creates a Job deletes it again, even if it loses its lead")
    func suspendedDuringCreation_deletesJob() async throws {
        for isCancelled in [false, true] {
            let fixture = try await ScalerFixture(pods: "none")
            try await fixture.createDeployment()
            try await delayNextJob(fixture)
            let round = Task { try await fixture.round(fixture.scaler(deployment: Self.scaler), wanted: 2) }
            try await waitForJobRequests(1, fixture)
            _ = try await removal(fixture).suspendScaler(Self.scaler)
            if isCancelled { round.cancel() }
            let result = await round.result
            if !isCancelled {
                let found = try result.get()
                #expect(found.skipReason == .suspended)
                #expect(found.created.isEmpty)
                #expect(found.rolledBack.count == 1)
                #expect(found.lines.contains { $0.contains("suspended while it was created") })
            }
            #expect(try await fixture.jobs().isEmpty)
        }
    }

    @Test("a scaler that is suspended while it requests an existing Job leaves that Job alone")
    func suspendedDuringRepetition_keepsExistingJob() async throws {
        let fixture = try await ScalerFixture(pods: "none")
        try await fixture.createDeployment()
        let decision = ScalingDecision.decide(
            exploration: "earth", queue: "main", load: QueueLoad(ready: 4, leased: 0), live: WorkerCounts(),
            policy: ScalingPolicy())
        let round = {
            try await fixture.scaler(deployment: Self.scaler).round(
                decide: { _ in decision }, render: { _, _ in [try Manifest(yaml: ScalerFixture.job(pods: 4))] })
        }
        _ = try await round()
        try await delayNextJob(fixture)
        async let again = round()
        try await waitForJobRequests(2, fixture)
        _ = try await removal(fixture).suspendScaler(Self.scaler)
        #expect(try await again.existing.count == 1)
        #expect(try await fixture.jobs().count == 1)
    }

    @Test("deleting Jobs waits for the leader's acknowledgement, and no Job is created after that")
    func deleteJobs_waitsForAcknowledgement() async throws {
        let fixture = try await ScalerFixture(pods: "running")
        try await fixture.createDeployment()
        try await delayNextJob(fixture)
        let election = LeaderElection(
            client: fixture.client, namespace: fixture.group.namespace, name: Self.scaler, identity: "a",
            logger: FakeAPIServer.logger)
        let acknowledger = SuspensionAcknowledger(
            client: fixture.client, namespace: fixture.group.namespace, deployment: Self.scaler, lease: Self.scaler,
            identity: "a", logger: FakeAPIServer.logger)
        let rounds = Mutex(0)
        let leader = Task { @Sendable in
            let loop = ScalerLoop(election: election, interval: .milliseconds(20), logger: FakeAPIServer.logger)
            try await loop.run {
                try await acknowledger.acknowledge()
                try await fixture.round(fixture.scaler(deployment: Self.scaler), wanted: 2)
                rounds.withLock { $0 += 1 }
            }
        }
        try await waitForJobRequests(1, fixture)
        #expect(try await removal(fixture).suspendScaler(Self.scaler))
        // Another suspension.
        #expect(try await removal(fixture).suspendScaler(Self.scaler))
        var waits: [WorkerRemoval.Wait] = []
        try await removal(fixture).deleteJobs(grace: nil, suspended: Self.scaler) { waits.append($0) }
        #expect(waits.contains(.scaler))
        #expect(try await fixture.jobs().isEmpty)
        let done = rounds.withLock(\.self)
        try await eventually("three more rounds") { rounds.withLock { $0 >= done + 3 } }
        #expect(try await fixture.jobs().isEmpty)
        // A resumed scaler creates Jobs again.
        #expect(try await removal(fixture).resumeScaler(Self.scaler))
        try await eventually("the resumed scaler creates a Job") { try await !fixture.jobs().isEmpty }
        leader.cancel()
        _ = await leader.result
    }

    @Test("deleting Jobs does not wait for a missing scaler: without a Deployment, a Lease, or a holder")
    func deleteJobs_doesNotWaitForMissingScaler() async throws {
        let fixture = try await ScalerFixture(pods: "none")
        try await removal(fixture).deleteJobs(grace: nil) { #expect($0 == .pods(0)) }
        try await fixture.createDeployment()
        #expect(try await removal(fixture).suspendScaler(Self.scaler))
        try await removal(fixture).deleteJobs(grace: nil, suspended: Self.scaler) { #expect($0 == .pods(0)) }
        try await createLease(of: nil, in: fixture)
        try await removal(fixture).deleteJobs(grace: nil, suspended: Self.scaler) { #expect($0 == .pods(0)) }
    }

    /// Creates the Lease by which scalers elect their leader.
    private func createLease(of holder: String?, in fixture: ScalerFixture) async throws {
        var spec = LeaseObject.Spec()
        spec.holderIdentity = holder
        _ = try await fixture.client.create(
            LeaseObject(metadata: ObjectMetadata(name: Self.scaler), spec: spec), in: fixture.group.namespace)
    }

    @Test("only the leader acknowledges a suspension, and only one with an id")
    func formerLeader_doesNotAcknowledge() async throws {
        let fixture = try await ScalerFixture(pods: "none")
        try await fixture.createDeployment()
        try await createLease(of: "b", in: fixture)
        func acknowledgement(as identity: String) async throws -> String? {
            try await SuspensionAcknowledger(
                client: fixture.client, namespace: fixture.group.namespace, deployment: Self.scaler, lease: Self.scaler,
                identity: identity, logger: FakeAPIServer.logger
            ).acknowledge()
            return try await fixture.client.get(LeaseObject.self, Self.scaler, in: fixture.group.namespace)
                .metadata.annotations?[Annotations.suspension]
        }
        try await fixture.client.patch(
            .deployments, Self.scaler, in: fixture.group.namespace,
            with: AnnotationPatch([Annotations.suspended: "true"])
        )
        #expect(try await acknowledgement(as: "b") == nil)
        #expect(try await removal(fixture).suspendScaler(Self.scaler))
        #expect(try await acknowledgement(as: "a") == nil)
        let deployment = try await fixture.client.get(DeploymentObject.self, Self.scaler, in: fixture.group.namespace)
        let suspension = try #require(Suspension(of: deployment))
        #expect(try await acknowledgement(as: "b") == suspension.id)
    }

    @Test("deleting Jobs ends with an error if another client resumes the scaler")
    func resumedScaler_endsWaitWithError() async throws {
        let fixture = try await ScalerFixture(pods: "none")
        try await fixture.createDeployment()
        try await createLease(of: "b", in: fixture)
        #expect(try await removal(fixture).suspendScaler(Self.scaler))
        let (waiting, wait) = AsyncStream<WorkerRemoval.Wait>.makeStream()
        async let deletion: Void = removal(fixture).deleteJobs(grace: nil, suspended: Self.scaler) { wait.yield($0) }
        for await step in waiting where step == .scaler { break }
        #expect(try await removal(fixture).resumeScaler(Self.scaler))
        do {
            try await deletion
            Issue.record("the resumed scaler was not reported")
        } catch let error as KubernetesError {
            #expect(error.code == .conflict)
            #expect(error.description.contains("resumed"))
        }
    }

    @Test("a vanished holder counts as gone once its record has not changed for the lease's duration")
    func vanishedHolder_countsAsGoneAfterLeaseDuration() throws {
        let suspension = Suspension(id: "one")
        var watch = SuspensionWatch()
        var lease = LeaseObject(metadata: ObjectMetadata(name: "l"), spec: LeaseObject.Spec())
        lease.spec?.holderIdentity = "a"
        lease.spec?.leaseDurationSeconds = 15
        let start = ContinuousClock.now
        func isInEffect(_ lease: LeaseObject?, after seconds: Int) -> Bool {
            watch.isInEffect(suspension, lease: lease, at: start + .seconds(seconds))
        }
        #expect(!isInEffect(lease, after: 0))
        #expect(!isInEffect(lease, after: 14))
        lease.spec?.renewTime = "2026-11-20T21:00:00.000000Z"
        #expect(!isInEffect(lease, after: 15))
        lease.metadata.annotations = [Annotations.suspension: "another"]
        #expect(!isInEffect(lease, after: 16))
        #expect(isInEffect(lease, after: 30))
        lease.spec?.renewTime = "2026-11-20T21:00:30.000000Z"
        #expect(!isInEffect(lease, after: 31))
        lease.metadata.annotations = [Annotations.suspension: "one"]
        #expect(isInEffect(lease, after: 32))
        lease.metadata.annotations = nil
        #expect(isInEffect(nil, after: 33))
    }
}

@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct WorkerRemovalTests {
    private func job(_ name: String, exploration: String = "earth", pod: String = "") -> String {
        Sample.job(
            name, labels: "app.kubernetes.io/name: atmos-worker, atmos-explorer.io/exploration: \(exploration)",
            spec: "parallelism: 3", pod: "restartPolicy: Never\n      \(pod)")
    }

    @Test("an exploration's Jobs are deleted after their pods, and others are not")
    func deleteJobs_removesOnlyTheExploration() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.control("pods", [namespace: "running"])
        for yaml in [job("a"), job("b"), job("c", exploration: "mars")] {
            _ = try await client.create(Manifest(yaml: yaml), in: namespace)
        }
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        var waits: [WorkerRemoval.Wait] = []
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: nil) { waits.append($0) }
        #expect(waits.last == .pods(0))
        #expect(try await client.list(JobObject.self, in: namespace).items.map(\.metadata.name) == ["c"])
        #expect(try await client.list(PodObject.self, in: namespace).items.count == 3)
        let deletion = try #require(try await server.requests(in: namespace).first { $0.method == "DELETE" })
        #expect(deletion.body.contains(#""propagationPolicy":"Foreground""#))
    }

    @Test("slow pods end after the grace period")
    func slowPods_endAfterGracePeriod() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.control("pods", [namespace: "running"])
        _ = try await client.create(
            Manifest(yaml: job("a", pod: "terminationGracePeriodSeconds: 3600")), in: namespace)
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: 5) { _ in }
        #expect(try await client.list(PodObject.self, in: namespace).items.isEmpty)
    }

    @Test("a Job that is created during the deletion is deleted too")
    func jobCreatedDuringDeletion_isDeleted() async throws {
        let server = try await FakeAPIServer.shared()
        let (client, namespace) = try await server.makeTestNamespace()
        try await server.control("pods", [namespace: "running"])
        _ = try await client.create(Manifest(yaml: job("a")), in: namespace)
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        // The first deletion is answered after the other Job has been created.
        try await server.inject(
            .init(match: "DELETE .*\(namespace)/jobs", status: 503, headers: ["Retry-After": "0"], after: true))
        let lateJob = try Manifest(yaml: job("b"))
        let creation = Task { try await client.create(lateJob, in: namespace) }
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: nil) { _ in }
        _ = try await creation.value
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: nil) { _ in }
        #expect(try await client.list(JobObject.self, in: namespace).items.isEmpty)
    }

    @Test("without Jobs there is no wait")
    func withoutJobs_doesNotWait() async throws {
        let (client, namespace) = try await FakeAPIServer.shared().makeTestNamespace()
        let group = WorkerGroup(exploration: "earth", queue: nil, namespace: namespace)
        try await WorkerRemoval(client: client, group: group).deleteJobs(grace: 1) { #expect($0 == .pods(0)) }
    }
}
