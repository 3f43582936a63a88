import Logging
import RedisClient
import TestSupport
import Testing

@testable import KubernetesClient
@testable import LeaseQueue
@testable import Scaler

struct PointJobTests {
    @Test("the annotation can be read again, and the name depends on the point and its delivery")
    func annotation_roundTrips() throws {
        let ready = ReadyJob.sample(payload: #"{"code":"1e-7,\"x\": y # z"}"#)
        let point = try #require(PointJob(ready, queue: "main", exploration: "earth"))
        let manifest = try point.annotated([Manifest(yaml: Sample.job("w"))])[0]
        #expect(try PointJob(annotation: #require(manifest.annotations[Annotations.point])) == point)
        #expect(point.decision.hasPrefix("0123456789abcdef0123-"))
        let others = [
            PointJob(.sample(releases: 1), queue: "main", exploration: "earth"),
            PointJob(ready, queue: "main", exploration: "mars"), PointJob(ready, queue: "other", exploration: "earth"),
        ]
        #expect(Set(([point] + others).map { $0?.decision }).count == 4)
    }

    @Test("an id that is not a hash and an annotation without a point are refused")
    func invalidIDAndAnnotation_areRefused() throws {
        for id in ["", "../../x", String(repeating: "Z", count: 64)] {
            #expect(PointJob(.sample(id), queue: "main", exploration: "earth") == nil)
        }
        #expect(throws: ManifestError.self) { try PointJob(annotation: "{}") }
    }

    @Test("a template whose worker does not receive the point, or with several pods, is refused")
    func templateWithoutPoint_isRefused() throws {
        let point = PointJob(.sample(), queue: "main", exploration: "earth")
        func render(_ container: String, _ pods: String = "1") throws -> [Manifest] {
            let sample = TemplateFixture.variables()
            let text = TemplateFixture.job(container: container).replacing("{{ pods }}", with: pods)
            return try JobTemplate(text: text, file: "t.yaml").render(
                TemplateVariables(
                    entry: sample.entry, decision: sample.decision, policy: sample.policy, namespace: "n", point: point)
            )
        }
        let knowsPoint = "          env: [{name: ATMOS_POINT, value: {{ point.id }}}]"
        #expect(try render(knowsPoint).count == 1)
        #expect(try render("          args: [--point, {{ point.id }}]").count == 1)
        for (container, pods) in [
            ("", "1"), ("          env: [{name: ATMOS_POINT, value: other}]", "1"), (knowsPoint, "2"),
        ] {
            #expect(throws: TemplateError.self) { try render(container, pods) }
        }
    }
}

extension ReadyJob {
    /// A ready job with a point.
    static func sample(
        _ id: String = String(repeating: "0123456789abcdef", count: 4), releases: UInt8 = 0, payload: String = "{}"
    ) -> ReadyJob {
        let head: [UInt8] = [5, 0, 0, 0, 0, 0, releases] + Array(repeating: 0, count: 14)
        return ReadyJob(id: id, record: JobRecord(head + Array(payload.utf8))!, history: 0)
    }
}

/// Rounds with a Job for each point, against an API server and queues.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct PointRoundTests {
    /// A cluster with a queue and a scaler.
    private struct PointFixture {
        let client: KubernetesClient
        let group: WorkerGroup
        let queues: LeaseQueues
        let points: [String]

        init(points count: Int) async throws {
            let server = try await FakeAPIServer.shared()
            let namespace: String
            (client, namespace) = try await server.makeTestNamespace()
            group = WorkerGroup(exploration: "earth", queue: "main", namespace: namespace)
            try await server.control("pods", [namespace: "pending"])
            queues = try await LeaseQueues.connect(
                to: RedisConfiguration(url: TestRedis.shared().url), namespace: TestRedis.uniqueNamespace(),
                queues: [QueueConfiguration(name: "main", maximumAttempts: 1)], consumer: "test",
                logger: FakeAPIServer.logger)
            points = (0..<count).map { String($0 + 0x10, radix: 16) + String(repeating: "a", count: 62) }
            _ = try await queues.enqueue(points.map { Job(id: $0, payload: Array("{}".utf8)) }, to: "main")
        }

        func round(
            maximum: Int = 100, dryRun: Bool = false, budget: Int? = nil, control: ControlState = .run,
            requeue: (([PointJob]) async throws -> Set<String>)? = nil
        ) async throws -> ScalerRound {
            let sample = TemplateFixture.variables().entry
            let entry = QueueReportEntry(
                exploration: "earth", namespace: sample.namespace, queue: "main",
                report: .sampled(control: control, budget: budget), runTime: nil, resources: sample.resources, nodes: []
            )
            var policy = ScalingPolicy()
            policy.maximum = maximum
            let template = try JobTemplate(
                text: TemplateFixture.job(container: "          args: [--point, {{ point.id }}]"), file: "t.yaml")
            return try await Scaler(client: client, group: group, isDryRun: dryRun, logger: FakeAPIServer.logger).round(
                on: entry, policy: policy,
                ready: { try await queues.readyJobs(in: "main", offset: $0, limit: $1) }, requeue: requeue
            ) { [policy] point, decision, _ in
                try template.render(
                    TemplateVariables(
                        entry: entry, decision: decision, policy: policy, namespace: group.namespace, point: point))
            }
        }

        func jobs() async throws -> [JobObject] {
            try await client.list(JobObject.self, in: group.namespace).items
        }

        /// Ends a point's newest Job with its pods.
        func end(_ point: String, _ type: String) async throws {
            let job = try await #require(
                jobs().last { PointJob(of: $0)?.id == point && !$0.isOver }?.metadata.name)
            let condition = [
                "type": type, "status": "True", "reason": "Tested", "message": "so",
                "lastTransitionTime": "2999-11-20T21:00:00Z",
            ]
            try await client.patch(
                .jobs, job, in: group.namespace, subresource: "status", with: ["status": ["conditions": [condition]]])
        }
    }

    @Test("each ready point gets one Job, up to the maximum, in any number of rounds")
    func readyPoint_getsOneJob() async throws {
        let fixture = try await PointFixture(points: 5)
        #expect(try await fixture.round(maximum: 3, dryRun: true).created.count == 3)
        #expect(try await fixture.jobs().isEmpty)
        #expect(try await fixture.round(maximum: 3).created.count == 3)
        #expect(try await fixture.round(maximum: 3).created.isEmpty)
        #expect(try await fixture.round(maximum: 9).created.count == 2)
        #expect(try await fixture.round(maximum: 9).created.isEmpty)
        let jobs = try await fixture.jobs()
        #expect(Set(jobs.compactMap { PointJob(of: $0)?.id }) == Set(fixture.points))
        #expect(jobs.allSatisfy { $0.spec?.parallelism == 1 })
        #expect(jobs.allSatisfy { $0.metadata.labels?[Labels.managedBy] == Labels.scaler })
    }

    @Test("two scalers that see the same queue create one Job")
    func twoScalers_createOneJob() async throws {
        let fixture = try await PointFixture(points: 1)
        _ = try await fixture.round()
        let job = try await #require(fixture.jobs().first)
        // Without the annotation, the second scaler does not see the Job.
        try await fixture.client.patch(
            .jobs, job.metadata.name ?? "", in: fixture.group.namespace,
            with: ["metadata": ["annotations": [Annotations.point: String?.none]]])
        let round = try await fixture.round()
        #expect(round.created.isEmpty)
        #expect(round.existing == ["Job '\(job.metadata.name ?? "")'"])
    }

    @Test("a released or retried point gets another Job; a done or dead one does not")
    func redeliveredPoint_getsAnotherJob() async throws {
        let fixture = try await PointFixture(points: 3)
        #expect(try await fixture.round().created.count == 3)
        let (done, failed, lost) = (fixture.points[0], fixture.points[1], fixture.points[2])
        var leases: [String: Lease] = [:]
        for point in fixture.points {
            leases[point] = try await fixture.queues.lease(id: point, from: "main").leases.first
        }
        _ = try await fixture.queues.finish(
            [
                .complete(#require(leases[done])), .fail(#require(leases[failed]), error: "no"),
                .release(#require(leases[lost])),
            ], in: "main")
        #expect(try await fixture.round().created.isEmpty)
        for point in [done, failed] { try await fixture.end(point, "Complete") }
        try await fixture.end(lost, "Failed")
        let again = try await fixture.round()
        #expect(again.created.count == 1)
        #expect(again.failed.first?.point?.id == lost)
        #expect(again.live.problems.contains { $0.contains("of point \(lost)") })
        #expect(try await fixture.queues.retryDead(ids: [failed], in: "main") == 1)
        #expect(try await fixture.round().created.count == 1)
        #expect(try await fixture.jobs().count { PointJob(of: $0)?.id == failed } == 2)
    }

    @Test("a Job that completed without its point is replaced")
    func completedWithoutPoint_isReplaced() async throws {
        let fixture = try await PointFixture(points: 1)
        _ = try await fixture.round()
        try await fixture.end(fixture.points[0], "Complete")
        #expect(try await fixture.round().deletedJobs.count == 1)
        #expect(try await fixture.round().created.count == 1)
    }

    @Test("a Job that failed without its point is not repeated, and too many of them stop all others")
    func failedWithoutPoint_isNotRepeated() async throws {
        let fixture = try await PointFixture(points: 4)
        _ = try await fixture.round(maximum: 3)
        for point in fixture.points[..<2] { try await fixture.end(point, "Failed") }
        #expect(try await fixture.round(maximum: 1).created.isEmpty)
        try await fixture.end(fixture.points[2], "Failed")
        let round = try await fixture.round()
        #expect(round.created.isEmpty)
        #expect(round.decision.reason.contains("3 Jobs failed before they leased their point"))
        let requeued = try await fixture.round { points in Set(points.map(\.id)) }
        #expect(requeued.requeued.count == 3)
        #expect(requeued.created.count == 4)
        #expect(requeued.lines.contains { $0.contains("whose point is queued again") })
    }

    @Test("no Job is created while the queue is paused, or beyond its budget")
    func pausedQueueAndBudget_limitJobs() async throws {
        let fixture = try await PointFixture(points: 3)
        #expect(try await fixture.round(control: .pause).created.isEmpty)
        #expect(try await fixture.round(control: .drain).created.isEmpty)
        #expect(try await fixture.round(budget: 2).created.count == 2)
        #expect(try await fixture.round(budget: 2).created.isEmpty)
    }
}
