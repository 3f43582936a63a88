import Synchronization
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// Rounds of the scaler against an API server that creates pods for Jobs.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct ScalerTests {
    @Test(
        "missing pods are created by one Job, and not again while they run or wait", arguments: ["running", "none"])
    func missingPods_areCreatedOnce(_ pods: String) async throws {
        let fixture = try await ScalerFixture(pods: pods)
        let first = try await fixture.round(wanted: 3)
        #expect(first.created == ["Job 'worker-\(first.decision.id)'"])
        for _ in 0..<2 {
            let next = try await fixture.round(wanted: 3)
            #expect(next.created.isEmpty)
            #expect(next.existing.isEmpty)
            #expect(next.live.total == 3)
            #expect(next.live.running == (pods == "running" ? 3 : 0))
        }
        let more = try await fixture.round(wanted: 5)
        #expect(more.created.count == 1)
        let jobs = try await fixture.jobs()
        #expect(jobs.compactMap(\.spec?.parallelism).sorted() == [2, 3])
        #expect(jobs.allSatisfy { $0.metadata.labels?[Labels.managedBy] == Labels.scaler })
    }

    @Test("a decision of two scalers, or one whose answer was lost, creates one Job")
    func repeatedDecision_createsOneJob() async throws {
        let fixture = try await ScalerFixture(pods: "running")
        let decision = ScalingDecision.decide(
            exploration: "earth", queue: "main", load: QueueLoad(ready: 4, leased: 0), live: WorkerCounts(),
            policy: ScalingPolicy())
        var rounds: [ScalerRound] = []
        for _ in 0..<2 {
            rounds.append(
                try await fixture.scaler().round(
                    decide: { _ in decision }, render: { _, _ in [try Manifest(yaml: ScalerFixture.job(pods: 4))] }))
        }
        #expect(rounds.map(\.created.count) == [1, 0])
        #expect(rounds.map(\.existing.count) == [0, 1])
        #expect(try await fixture.jobs().count == 1)
        #expect(try await fixture.client.workerCounts(fixture.group).running == 4)
    }

    @Test("created Jobs carry the decision, belong to the scaler's Deployment, and are reported there once")
    func createdJob_carriesDecisionAndOwner() async throws {
        let fixture = try await ScalerFixture(pods: "running")
        try await fixture.createDeployment()
        let round = try await fixture.round(fixture.scaler(deployment: "atmos-scaler"), wanted: 2)
        let job = try #require(try await fixture.jobs().first)
        #expect(job.metadata.annotations?[Annotations.decision] == round.decision.id)
        let deployment = try await fixture.client.get(
            DeploymentObject.self, "atmos-scaler", in: fixture.group.namespace)
        #expect(job.metadata.ownerReferences?.first?.uid == deployment.metadata.uid)
        let events = try await fixture.events()
        #expect(events.map(\.reason) == ["ScaledUp"])
        #expect(
            events.first?.message?.contains("created Job 'worker-\(round.decision.id)': 2 jobs need 2 pods") == true)
        let next = try await fixture.round(fixture.scaler(deployment: "atmos-scaler"), wanted: 2)
        #expect(next.live.lastScaleUp?.id == round.decision.id)
    }

    @Test("a suspended scaler creates nothing until it is resumed")
    func suspendedScaler_createsNothing() async throws {
        let fixture = try await ScalerFixture(pods: "running")
        try await fixture.createDeployment()
        let removal = WorkerRemoval(client: fixture.client, group: fixture.group)
        #expect(try await removal.suspendScaler("atmos-scaler"))
        let scaler = fixture.scaler(deployment: "atmos-scaler")
        #expect(try await fixture.round(scaler, wanted: 2).skipReason == .suspended)
        #expect(try await fixture.jobs().isEmpty)
        #expect(try await removal.resumeScaler("atmos-scaler"))
        #expect(try await fixture.round(scaler, wanted: 2).created.count == 1)
        #expect(try await !removal.suspendScaler("no-such-scaler"))
    }

    @Test("a dry run asks the server and creates nothing")
    func dryRun_createsNothing() async throws {
        let fixture = try await ScalerFixture(pods: "running")
        #expect(try await fixture.round(fixture.scaler(dryRun: true), wanted: 2).created.count == 1)
        #expect(try await fixture.jobs().isEmpty)
        let error = await #expect(throws: KubernetesError.self) {
            try await fixture.round(
                fixture.scaler(dryRun: true), wanted: 2,
                yaml: ScalerFixture.job(pods: 1, pod: "").replacing("Never", with: "Always"))
        }
        #expect(error?.code == .invalid)
    }

    @Test("Jobs whose pods the cluster refuses are reported with the reason, and not created twice")
    func refusedPods_areReportedWithReason() async throws {
        let fixture = try await ScalerFixture(pods: "pods \"w\" is forbidden: exceeded quota: workers")
        try await fixture.createDeployment()
        let scaler = fixture.scaler(deployment: "atmos-scaler")
        let first = try await fixture.round(scaler, wanted: 2)
        for _ in 0..<2 {
            let next = try await fixture.round(scaler, wanted: 2)
            #expect(next.created.isEmpty)
            #expect(
                next.live.problems == [
                    "Job 'worker-\(first.decision.id)' cannot create 2 pods: Error creating: pods \"w\" is forbidden: "
                        + "exceeded quota: workers"
                ])
        }
        #expect(try await fixture.events().compactMap(\.reason).sorted() == ["ScaledUp", "WorkersMissing"])
    }

    @Test("waiting pods without work are removed")
    func waitingPodsWithoutWork_areRemoved() async throws {
        let fixture = try await ScalerFixture(pods: "pending")
        try await fixture.round(wanted: 10)
        let fewer = try await fixture.round(wanted: 4)
        #expect(fewer.scaledDown.count == 1)
        #expect(try await fixture.jobs().compactMap(\.spec?.parallelism) == [4])
        try await fixture.server.control("pods", [fixture.group.namespace: "running"])
    }

    @Test("ended Jobs are deleted after their retention; failed ones are reported once")
    func endedJobs_areDeletedAfterRetention() async throws {
        let fixture = try await ScalerFixture(pods: "none")
        try await fixture.createDeployment()
        let retention = JobRetention(completed: .zero, failed: .seconds(1 << 40))
        let scaler = fixture.scaler(deployment: "atmos-scaler", retention: retention)
        try await fixture.round(scaler, wanted: 1)
        try await fixture.round(scaler, wanted: 2)
        let names = try await fixture.jobs().compactMap(\.metadata.name)
        try await setCondition("Complete", of: names[0], fixture)
        try await setCondition("Failed", of: names[1], fixture)
        let round = try await fixture.round(scaler, wanted: 0)
        #expect(round.deletedJobs == [names[0]])
        #expect(round.failed.map(\.name) == [names[1]])
        _ = try await fixture.round(scaler, wanted: 0)
        #expect(try await fixture.jobs().map(\.metadata.name) == [names[1]])
        #expect(try await fixture.events().count { $0.reason == "JobFailed" } == 1)
    }

    private func setCondition(_ type: String, of job: String, _ fixture: ScalerFixture) async throws {
        let condition = [
            "type": type, "status": "True", "reason": "Tested", "message": "so",
            "lastTransitionTime": "2026-11-20T21:00:00Z",
        ]
        try await fixture.client.patch(
            .jobs, job, in: fixture.group.namespace, subresource: "status",
            with: ["status": ["conditions": [condition]]])
    }

    @Test(
        "a template whose workers would not be counted is refused",
        arguments: [
            (ScalerFixture.job(pods: 1, labels: "app: w"), "must carry the label app.kubernetes.io/name: atmos-worker"),
            (
                ScalerFixture.job(pods: 1, labels: ScalerFixture.labels.replacing("main", with: "other")),
                "atmos-explorer.io/queue: main, found 'other'"
            ),
            (
                ScalerFixture.job(pods: 1).replacing("name: worker", with: "namespace: elsewhere\n  name: worker"),
                "in the namespace 'elsewhere'"
            ),
            (Sample.configMap("a", label: "b"), "contains no Job"),
            (ScalerFixture.job(pods: 1) + "\n---\n" + ScalerFixture.job(pods: 1), "twice"),
        ])
    func templateOfUncountedWorkers_isRefused(_ yaml: String, _ reason: String) throws {
        let group = WorkerGroup(exploration: "earth", queue: "main", namespace: "n")
        let error = #expect(throws: ManifestError.self) {
            try WorkerManifests.prepared(
                try Manifest.documents(in: yaml), decision: "0123456789abcdef", group: group, owner: nil)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("a long name is shortened so that the decision fits into a Job's name")
    func longJobName_keepsDecision() throws {
        let group = WorkerGroup(exploration: "earth", queue: "main", namespace: "n")
        let long = String(repeating: "w", count: 63)
        let prepared = try WorkerManifests.prepared(
            [try Manifest(yaml: ScalerFixture.job(long, pods: 1))], decision: "0123456789abcdef", group: group,
            owner: nil
        )
        #expect(prepared[0].name == String(repeating: "w", count: 46) + "-0123456789abcdef")
    }

    /// A flag that is true when it is read first.
    private final class FirstTime: Sendable {
        private let used = Mutex(false)

        var isNow: Bool {
            used.withLock { used in
                defer { used = true }
                return !used
            }
        }
    }

    @Test("one of two controllers works, survives a failed round, and is replaced when it ends")
    func twoControllers_oneLeadsAndIsReplaced() async throws {
        let fixture = try await ScalerFixture(pods: "none")
        let (rounds, reportRound) = AsyncStream<String>.makeStream()
        let first = FirstTime()
        func loop(_ name: String) -> Task<Void, any Error> {
            let timing = LeaderElection.Timing(
                duration: .seconds(3), deadline: .seconds(2), period: .milliseconds(30))
            let election = LeaderElection(
                client: fixture.client, namespace: fixture.group.namespace, name: "atmos-scaler", identity: name,
                timing: timing, logger: FakeAPIServer.logger)
            let loop = ScalerLoop(election: election, interval: .milliseconds(10), logger: FakeAPIServer.logger)
            return Task { @Sendable in
                try await loop.run {
                    reportRound.yield(name)
                    if first.isNow { throw KubernetesError(.unavailable, "a test") }
                }
            }
        }
        var names = rounds.makeAsyncIterator()
        let a = loop("a")
        for _ in 0..<3 { #expect(await names.next() == "a") }
        let b = loop("b")
        for _ in 0..<3 { #expect(await names.next() == "a") }
        a.cancel()
        _ = await a.result
        while await names.next() == "a" {}
        b.cancel()
        _ = await b.result
    }
}

/// A cluster with a scaler and its workers.
struct ScalerFixture {
    let server: FakeAPIServer
    let client: KubernetesClient
    let group: WorkerGroup

    /// - Parameter pods: the state that the cluster gives to pods of Jobs.
    init(pods: String) async throws {
        server = try await FakeAPIServer.shared()
        let namespace: String
        (client, namespace) = try await server.makeTestNamespace()
        group = WorkerGroup(exploration: "earth", queue: "main", namespace: namespace)
        try await server.control("pods", [namespace: pods])
    }

    func scaler(deployment: String? = nil, dryRun: Bool = false, retention: JobRetention = .init()) -> Scaler {
        Scaler(
            client: client, group: group, retention: retention, deployment: deployment, isDryRun: dryRun,
            logger: FakeAPIServer.logger)
    }

    /// Does a round that wants this number of pods in total.
    @discardableResult
    func round(_ scaler: Scaler? = nil, wanted: Int, yaml: String? = nil) async throws -> ScalerRound {
        try await (scaler ?? self.scaler()).round { live in
            var policy = ScalingPolicy()
            policy.coolDown = .zero
            return ScalingDecision.decide(
                exploration: "earth", queue: "main", load: QueueLoad(ready: wanted, leased: 0), live: live,
                policy: policy)
        } render: { decision, _ in
            try Manifest.documents(in: yaml ?? Self.job(pods: decision.pods))
        }
    }

    static let labels =
        "app.kubernetes.io/name: atmos-worker, atmos-explorer.io/exploration: earth, atmos-explorer.io/queue: main"

    static func job(_ name: String = "worker", pods: Int, labels: String = labels, pod: String = "") -> String {
        Sample.job(
            name, labels: labels, spec: "parallelism: \(pods)", pod: "restartPolicy: Never\n      \(pod)")
    }

    func jobs() async throws -> [JobObject] {
        try await client.list(JobObject.self, in: group.namespace).items
    }

    func createDeployment() async throws {
        _ = try await client.create(
            Manifest(
                yaml: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: atmos-scaler}\nspec: {replicas: 1}"),
            in: group.namespace)
    }

    func events() async throws -> [EventObject] {
        try await client.list(
            EventObject.self, in: group.namespace, fields: "involvedObject.kind=Deployment"
        ).items
    }
}
