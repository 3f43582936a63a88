import LeaseQueue
import Logging
import RedisClient
import TestSupport
import Testing

@testable import KubernetesClient
@testable import Scaler

/// Rounds with a Job for each point, against an API server and queues.
@Suite(.enabled(if: PythonServer.isAvailable, "\(PythonServer.unavailableReason)"))
struct PointRoundTests {
    /// A cluster, a queue, and what makes Jobs for it.
    private struct Place {
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
            putBack: (([PointJob]) async throws -> Set<String>)? = nil
        ) async throws -> ScalerRound {
            let sample = TemplateSample.variables().work
            let work = QueueWork(
                exploration: "earth", namespace: sample.namespace, queue: "main",
                report: .sampled(control: control, budget: budget), runTime: nil, resources: sample.resources, nodes: []
            )
            var policy = ScalingPolicy()
            policy.maximum = maximum
            let template = try JobTemplate(
                text: TemplateSample.job(container: "          args: [--point, {{ point.id }}]"), file: "t.yaml")
            return try await Scaler(client: client, group: group, isDryRun: dryRun, logger: FakeAPIServer.logger).round(
                on: work, policy: policy,
                ready: { try await queues.readyJobs(in: "main", offset: $0, limit: $1) }, putBack: putBack
            ) { [policy] point, decision, _ in
                try template.render(
                    TemplateVariables(
                        work: work, decision: decision, policy: policy, namespace: group.namespace, point: point))
            }
        }

        func jobs() async throws -> [JobObject] {
            try await client.list(JobObject.self, in: group.namespace).items
        }

        /// Ends a point's newest Job, and its pods with it.
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

    @Test("each ready point gets one Job, up to the maximum, however often it is asked for")
    func once() async throws {
        let place = try await Place(points: 5)
        #expect(try await place.round(maximum: 3, dryRun: true).made.count == 3)
        #expect(try await place.jobs().isEmpty)
        #expect(try await place.round(maximum: 3).made.count == 3)
        #expect(try await place.round(maximum: 3).made.isEmpty)
        #expect(try await place.round(maximum: 9).made.count == 2)
        #expect(try await place.round(maximum: 9).made.isEmpty)
        let jobs = try await place.jobs()
        #expect(Set(jobs.compactMap { PointJob(of: $0)?.id }) == Set(place.points))
        #expect(jobs.allSatisfy { $0.spec?.parallelism == 1 && $0.metadata.labels?[Labels.managedBy] == Labels.scaler })
    }

    @Test("two scalers that see the same make one Job")
    func rivals() async throws {
        let place = try await Place(points: 1)
        _ = try await place.round()
        let job = try await #require(place.jobs().first)
        // Without the point in its annotation the second scaler does not see it.
        try await place.client.patch(
            .jobs, job.metadata.name ?? "", in: place.group.namespace,
            with: ["metadata": ["annotations": [Annotations.point: String?.none]]])
        let round = try await place.round()
        #expect(round.made.isEmpty && round.known == ["Job '\(job.metadata.name ?? "")'"])
    }

    @Test("a point that was given back, or retried by hand, gets another Job; one that is done or dead gets none")
    func fates() async throws {
        let place = try await Place(points: 3)
        #expect(try await place.round().made.count == 3)
        let (done, failed, lost) = (place.points[0], place.points[1], place.points[2])
        var leases: [String: Lease] = [:]
        for point in place.points {
            leases[point] = try await place.queues.lease(id: point, from: "main").leases.first
        }
        _ = try await place.queues.finish(
            [
                .complete(#require(leases[done])), .fail(#require(leases[failed]), error: "no"),
                .release(#require(leases[lost])),
            ], in: "main")
        #expect(try await place.round().made.isEmpty)
        for point in [done, failed] { try await place.end(point, "Complete") }
        try await place.end(lost, "Failed")
        let again = try await place.round()
        #expect(again.made.count == 1 && again.failed.first?.point?.id == lost)
        #expect(again.live.problems.contains { $0.contains("of point \(lost)") })
        #expect(try await place.queues.retryDead(ids: [failed], in: "main") == 1)
        #expect(try await place.round().made.count == 1)
        #expect(try await place.jobs().count { PointJob(of: $0)?.id == failed } == 2)
    }

    @Test("a Job that completed without its point makes room for another")
    func untouched() async throws {
        let place = try await Place(points: 1)
        _ = try await place.round()
        try await place.end(place.points[0], "Complete")
        #expect(try await place.round().collected.count == 1)
        #expect(try await place.round().made.count == 1)
    }

    @Test("a Job that failed without its point is not made again, and too many of them stop the rest")
    func stuck() async throws {
        let place = try await Place(points: 4)
        _ = try await place.round(maximum: 3)
        for point in place.points[..<2] { try await place.end(point, "Failed") }
        #expect(try await place.round(maximum: 1).made.isEmpty)
        try await place.end(place.points[2], "Failed")
        let round = try await place.round()
        #expect(round.made.isEmpty && round.decision.reason.contains("3 Jobs failed before they had their point"))
        let requeued = try await place.round { points in Set(points.map(\.id)) }
        #expect(requeued.requeued.count == 3 && requeued.made.count == 4)
        #expect(requeued.lines.contains { $0.contains("whose point waits again") })
    }

    @Test("nothing is made while the queue is paused, or beyond its budget")
    func restrained() async throws {
        let place = try await Place(points: 3)
        #expect(try await place.round(control: .pause).made.isEmpty)
        #expect(try await place.round(control: .drain).made.isEmpty)
        #expect(try await place.round(budget: 2).made.count == 2)
        #expect(try await place.round(budget: 2).made.isEmpty)
    }
}
