import Synchronization
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// Rounds of the scaler against an API server whose Jobs get pods.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct ScalerTests {
    @Test(
        "pods that lack are made by one Job, and none once they are there or to come", arguments: ["running", "none"])
    func once(_ pods: String) async throws {
        let place = try await ScalerPlace(pods: pods)
        let first = try await place.round(wanted: 3)
        #expect(first.made == ["Job 'worker-\(first.decision.id)'"])
        for _ in 0..<2 {
            let next = try await place.round(wanted: 3)
            #expect(next.made.isEmpty && next.known.isEmpty)
            #expect(next.live.total == 3)
            #expect(next.live.running == (pods == "running" ? 3 : 0))
        }
        let more = try await place.round(wanted: 5)
        #expect(more.made.count == 1)
        let jobs = try await place.jobs()
        #expect(jobs.compactMap(\.spec?.parallelism).sorted() == [2, 3])
        #expect(jobs.allSatisfy { $0.metadata.labels?[Labels.managedBy] == Labels.scaler })
    }

    @Test("a decision that two scalers come to, or one whose answer was lost, makes one Job")
    func twoScalers() async throws {
        let place = try await ScalerPlace(pods: "running")
        let decision = ScalingDecision.decide(
            exploration: "earth", queue: "main", work: WorkLoad(ready: 4, leased: 0), live: LiveWorkers(),
            policy: ScalingPolicy())
        var rounds: [ScalerRound] = []
        for _ in 0..<2 {
            rounds.append(
                try await place.scaler().round(
                    decide: { _ in decision }, render: { _, _ in [try Manifest(yaml: ScalerPlace.job(pods: 4))] }))
        }
        #expect(rounds.map(\.made.count) == [1, 0])
        #expect(rounds.map(\.known.count) == [0, 1])
        #expect(try await place.jobs().count == 1)
        #expect(try await place.client.liveWorkers(place.group).running == 4)
    }

    @Test("what is made says by which decision, belongs to the scaler's Deployment, and is told there once")
    func ownership() async throws {
        let place = try await ScalerPlace(pods: "running")
        try await place.makeDeployment()
        let round = try await place.round(place.scaler(deployment: "atmos-scaler"), wanted: 2)
        let job = try #require(try await place.jobs().first)
        #expect(job.metadata.annotations?[Annotations.decision] == round.decision.id)
        let deployment = try await place.client.get(DeploymentObject.self, "atmos-scaler", in: place.group.namespace)
        #expect(job.metadata.ownerReferences?.first?.uid == deployment.metadata.uid)
        let events = try await place.events()
        #expect(events.map(\.reason) == ["ScaledUp"])
        #expect(events.first?.message?.contains("Made Job 'worker-\(round.decision.id)': 2 jobs want 2 pods") == true)
        let next = try await place.round(place.scaler(deployment: "atmos-scaler"), wanted: 2)
        #expect(next.live.newest?.id == round.decision.id)
    }

    @Test("a suspended scaler makes nothing until it is resumed")
    func suspended() async throws {
        let place = try await ScalerPlace(pods: "running")
        try await place.makeDeployment()
        let removal = WorkerRemoval(client: place.client, group: place.group)
        #expect(try await removal.suspendScaler("atmos-scaler"))
        let scaler = place.scaler(deployment: "atmos-scaler")
        #expect(try await place.round(scaler, wanted: 2).restraint == .suspended)
        #expect(try await place.jobs().isEmpty)
        #expect(try await removal.resumeScaler("atmos-scaler"))
        #expect(try await place.round(scaler, wanted: 2).made.count == 1)
        #expect(try await !removal.suspendScaler("no-such-scaler"))
    }

    @Test("a dry run asks the server and leaves nothing")
    func dryRun() async throws {
        let place = try await ScalerPlace(pods: "running")
        #expect(try await place.round(place.scaler(dryRun: true), wanted: 2).made.count == 1)
        #expect(try await place.jobs().isEmpty)
        let error = await #expect(throws: KubernetesError.self) {
            try await place.round(
                place.scaler(dryRun: true), wanted: 2,
                yaml: ScalerPlace.job(pods: 1, pod: "").replacing("Never", with: "Always"))
        }
        #expect(error?.code == .invalid)
    }

    @Test("Jobs whose pods the cluster refuses are a problem with its reason, and are not made twice")
    func refusedPods() async throws {
        let place = try await ScalerPlace(pods: "pods \"w\" is forbidden: exceeded quota: workers")
        try await place.makeDeployment()
        let scaler = place.scaler(deployment: "atmos-scaler")
        let first = try await place.round(scaler, wanted: 2)
        for _ in 0..<2 {
            let next = try await place.round(scaler, wanted: 2)
            #expect(next.made.isEmpty)
            #expect(
                next.live.problems == [
                    "Job 'worker-\(first.decision.id)' cannot create 2 pods: Error creating: pods \"w\" is forbidden: "
                        + "exceeded quota: workers"
                ])
        }
        #expect(try await place.events().compactMap(\.reason).sorted() == ["ScaledUp", "WorkersMissing"])
    }

    @Test("pods that wait and have no work any more are taken back, those that run are not")
    func withdrawal() async throws {
        let place = try await ScalerPlace(pods: "pending")
        try await place.round(wanted: 10)
        let fewer = try await place.round(wanted: 4)
        #expect(fewer.withdrawn.count == 1)
        #expect(try await place.jobs().compactMap(\.spec?.parallelism) == [4])
        try await place.server.control("pods", [place.group.namespace: "running"])
    }

    @Test("Jobs that have ended are deleted when they were kept for long enough; failed ones are reported once")
    func collection() async throws {
        let place = try await ScalerPlace(pods: "none")
        try await place.makeDeployment()
        let retention = JobRetention(completed: .zero, failed: .seconds(1 << 40))
        let scaler = place.scaler(deployment: "atmos-scaler", retention: retention)
        try await place.round(scaler, wanted: 1)
        try await place.round(scaler, wanted: 2)
        let names = try await place.jobs().compactMap(\.metadata.name)
        try await setCondition("Complete", of: names[0], place)
        try await setCondition("Failed", of: names[1], place)
        let round = try await place.round(scaler, wanted: 0)
        #expect(round.collected == [names[0]])
        #expect(round.failed.map(\.name) == [names[1]])
        _ = try await place.round(scaler, wanted: 0)
        #expect(try await place.jobs().map(\.metadata.name) == [names[1]])
        #expect(try await place.events().count { $0.reason == "JobFailed" } == 1)
    }

    private func setCondition(_ type: String, of job: String, _ place: ScalerPlace) async throws {
        let condition = [
            "type": type, "status": "True", "reason": "Tested", "message": "so",
            "lastTransitionTime": "2026-11-20T21:00:00Z",
        ]
        try await place.client.patch(
            .jobs, job, in: place.group.namespace, subresource: "status", with: ["status": ["conditions": [condition]]])
    }

    @Test(
        "a template whose workers would not be counted is refused, so that they are not made again and again",
        arguments: [
            (ScalerPlace.job(pods: 1, labels: "app: w"), "must carry the label app.kubernetes.io/name: atmos-worker"),
            (
                ScalerPlace.job(pods: 1, labels: ScalerPlace.labels.replacing("main", with: "other")),
                "atmos-explorer.io/queue: main, and there is 'other'"
            ),
            (
                ScalerPlace.job(pods: 1).replacing("name: worker", with: "namespace: elsewhere\n  name: worker"),
                "in the namespace 'elsewhere'"
            ),
            (Sample.configMap("a", label: "b"), "gives no Job"),
            (ScalerPlace.job(pods: 1) + "\n---\n" + ScalerPlace.job(pods: 1), "twice"),
        ])
    func uncounted(_ yaml: String, _ reason: String) throws {
        let group = WorkerGroup(exploration: "earth", queue: "main", namespace: "n")
        let error = #expect(throws: ManifestError.self) {
            try WorkerManifests.prepared(
                try Manifest.documents(in: yaml), decision: "0123456789abcdef", group: group, owner: nil)
        }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("a long name keeps the decision within what a Job's name may have")
    func longNames() throws {
        let group = WorkerGroup(exploration: "earth", queue: "main", namespace: "n")
        let long = String(repeating: "w", count: 63)
        let prepared = try WorkerManifests.prepared(
            [try Manifest(yaml: ScalerPlace.job(long, pods: 1))], decision: "0123456789abcdef", group: group, owner: nil
        )
        #expect(prepared[0].name == String(repeating: "w", count: 46) + "-0123456789abcdef")
    }

    /// True once.
    private final class FirstTime: Sendable {
        private let used = Mutex(false)

        var isNow: Bool {
            used.withLock { used in
                defer { used = true }
                return !used
            }
        }
    }

    @Test("of two controllers one works; a round that fails does not end it; the other goes on when it has gone")
    func loops() async throws {
        let place = try await ScalerPlace(pods: "none")
        let (told, tell) = AsyncStream<String>.makeStream()
        let first = FirstTime()
        func loop(_ name: String) -> Task<Void, any Error> {
            let timing = LeaderElection.Timing(
                duration: .seconds(3), deadline: .seconds(2), period: .milliseconds(30))
            let election = LeaderElection(
                client: place.client, namespace: place.group.namespace, name: "atmos-scaler", identity: name,
                timing: timing, logger: FakeAPIServer.logger)
            let loop = ScalerLoop(election: election, interval: .milliseconds(10), logger: FakeAPIServer.logger)
            return Task { @Sendable in
                try await loop.run {
                    tell.yield(name)
                    if first.isNow { throw KubernetesError(.unavailable, "a test") }
                }
            }
        }
        var names = told.makeAsyncIterator()
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
