internal import FoundationEssentials
internal import HTTPClient
package import KubernetesClient
package import LeaseQueue
internal import Support

/// One job of a queue for which a Kubernetes Job is created. The Job carries it in an annotation, so that it can be
/// queued again from the Job itself, even if the queue has lost it.
package struct PointJob: Codable, Sendable, Hashable {
    package let exploration: String
    package let queue: String
    /// The job's id: the point's hash.
    package let id: String
    package let payload: String
    /// 0 to 9.
    package let priority: Int
    /// Identifies one delivery of the point (``LeaseQueue/ReadyJob/delivery``): each gets a separate Job.
    package let delivery: String

    /// The digits of the id in a Job's name: enough to be unique, and few enough to leave space for a prefix.
    private static let nameDigits = 20

    /// Creates it from a ready job; `nil` if that is not a point, because its id is not a hash or its payload not text.
    package init?(_ job: ReadyJob, queue: String, exploration: String) {
        guard job.id.utf8.count >= Self.nameDigits, job.id.wholeMatch(of: /[0-9a-f]+/) != nil,
            let payload = String(validating: job.payload, as: UTF8.self)
        else { return nil }
        self.exploration = exploration
        self.queue = queue
        self.payload = payload
        id = job.id
        priority = job.priority
        delivery = job.delivery
    }

    /// Reads the annotation of a Job.
    ///
    /// - Throws: ``ManifestError`` if the annotation was not written by a scaler.
    package init(annotation: String) throws(ManifestError) {
        guard let point = try? JSONDecoder().decode(Self.self, from: Data(annotation.utf8)) else {
            throw ManifestError(
                "invalid annotation \(Annotations.point): expected a point, found '\(annotation.prefix(80))'")
        }
        self = point
    }

    /// The point of a Job; `nil` if the Job is not for one point.
    init?(of job: JobObject) {
        guard let annotation = job.metadata.annotations?[Annotations.point],
            let point = try? PointJob(annotation: annotation)
        else { return nil }
        self = point
    }

    /// The text of the annotation.
    package var annotation: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(self) else {
            preconditionFailure("strings and an integer can always be encoded as JSON")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The part of the Job's name that identifies the point and, in eight digits, its delivery. A Job that is created
    /// twice is refused (409); a point that is delivered again gets a new name.
    package var decision: String {
        let text = [exploration, queue, id, delivery].joined(separator: "\n")
        return "\(id.prefix(Self.nameDigits))-\(Hexadecimal.encode(SHA256.hash(text.utf8)).prefix(8))"
    }

    /// Adds the annotation to the Jobs among rendered objects.
    ///
    /// - Throws: ``ManifestError``.
    func annotated(_ rendered: [Manifest]) throws(ManifestError) -> [Manifest] {
        var annotated: [Manifest] = []
        for manifest in rendered {
            annotated.append(
                manifest.isJob ? try manifest.addingMetadata(annotations: [Annotations.point: annotation]) : manifest)
        }
        return annotated
    }
}

/// The points that get a Job now.
package struct PointPlan: Sendable {
    /// The most ready jobs that are examined. Points that have a Job already are listed first, so this must exceed the
    /// number of concurrent Jobs.
    private static let maxReadyJobs = 10_000
    private static let pageSize = 500

    /// The points to create Jobs for.
    package private(set) var points: [PointJob] = []
    /// The reason for their number, in one sentence.
    package private(set) var reason: String
    /// Jobs that completed without running their point, because the queue was paused or drained. They occupy the name of
    /// the next Job.
    private(set) var blockingJobs: [JobObject] = []
    /// The number of Jobs that failed before they leased their point, which means a wrong configuration.
    private(set) var failedBeforeLease = 0
    /// The number of ready jobs that are not points.
    private(set) var invalidJobs = 0

    private let exploration: String
    private let queue: String
    private let limit: Int
    private var seen: Set<String> = []
    private let pointsWithJob: Set<String>
    private let ended: [String: JobObject]

    /// Plans as many points as the policy allows.
    ///
    /// - Parameters:
    ///   - jobs: the existing Jobs, which must have been listed before the ready jobs.
    ///   - live: the workers in the cluster.
    ///   - ready: returns `limit` ready jobs from `offset`, in the order in which they are leased.
    /// - Throws: the error of `ready`.
    package static func make(
        for entry: QueueReportEntry, jobs: [JobObject] = [], live: WorkerCounts = WorkerCounts(),
        policy: ScalingPolicy, ready: (_ offset: Int, _ limit: Int) async throws -> [ReadyJob]
    ) async throws -> PointPlan {
        let (limit, reason) = limit(for: entry.load, live, policy)
        var plan = PointPlan(entry, jobs: jobs, limit: limit, reason: reason)
        guard limit > 0 else { return plan }
        var offset = 0
        while offset < maxReadyJobs, plan.points.count < limit {
            let page = try await ready(offset, pageSize)
            for job in page { plan.add(job) }
            if page.count < pageSize { break }
            offset += page.count
        }
        plan.finish(failureLimit: policy.failureLimit)
        return plan
    }

    private init(_ entry: QueueReportEntry, jobs: [JobObject], limit: Int, reason: String) {
        self.limit = limit
        self.reason = reason
        exploration = entry.exploration
        queue = entry.queue.rawValue
        pointsWithJob = Set(jobs.filter { !$0.isOver }.compactMap { PointJob(of: $0)?.id })
        ended = Dictionary(
            jobs.filter(\.isOver).compactMap { job in PointJob(of: job).map { ($0.decision, job) } }
        ) { first, _ in first }
    }

    private static func limit(
        for load: QueueLoad, _ live: WorkerCounts, _ policy: ScalingPolicy
    ) -> (limit: Int, reason: String) {
        guard load.control == .run else { return (0, "the queue is in state '\(load.control.rawValue)'") }
        guard live.unschedulable == 0 else {
            return (0, "\(live.unschedulable) pods cannot be scheduled, and more would only wait with them")
        }
        let maxJobs = min(policy.maximum, load.budget ?? .max)
        let limit = min(maxJobs - live.activeJobs, policy.stepUp)
        guard limit > 0 else { return (0, "there are \(live.activeJobs) Jobs, and at most \(maxJobs) are allowed") }
        return (limit, "")
    }

    private mutating func add(_ job: ReadyJob) {
        guard points.count < limit, seen.insert(job.id).inserted, !pointsWithJob.contains(job.id) else { return }
        guard let point = PointJob(job, queue: queue, exploration: exploration) else {
            invalidJobs += 1
            return
        }
        switch ended[point.decision] {
        case nil: points.append(point)
        case let job? where job.state == .failed: failedBeforeLease += 1
        case let job?: blockingJobs.append(job)
        }
    }

    private mutating func finish(failureLimit: Int) {
        if failedBeforeLease >= failureLimit {
            points = []
            reason =
                "\(failedBeforeLease) Jobs failed before they leased their point, and more would until the cause "
                + "is fixed"
        } else {
            reason = points.isEmpty ? "no point waits for a Job" : "\(points.count) points wait for a Job"
        }
    }

    /// The plan as the decision of a round.
    func decision(live: WorkerCounts) -> ScalingDecision {
        let names = points.map(\.decision).joined(separator: "\n")
        return ScalingDecision(
            id: String(Hexadecimal.encode(SHA256.hash(names.utf8)).prefix(16)), pods: points.count, podsToRemove: 0,
            wanted: live.activeJobs + points.count, reason: reason)
    }

    /// Renders the manifests for a point, with the point in the Job's annotation.
    ///
    /// - Throws: ``ManifestError``, and the error of `render`.
    package func render(_ point: PointJob, _ render: (ScalingDecision) throws -> [Manifest]) throws -> [Manifest] {
        let decision = ScalingDecision(
            id: point.decision, pods: 1, podsToRemove: 0, wanted: 1, reason: "point \(point.id) waits for a Job")
        return try point.annotated(try render(decision))
    }
}

extension JobObject {
    /// Whether it has completed or failed.
    var isOver: Bool { state == .complete || state == .failed }
}

extension Scaler {
    /// Does one round with a Job for each point.
    ///
    /// A Job is for one delivery of its point. A point that was given back, failed or lost with its machine becomes ready
    /// again as another delivery, and gets another Job. One that has used up its attempts is a dead letter and gets none.
    ///
    /// - Parameters:
    ///   - ready: returns `limit` ready jobs from `offset`.
    ///   - requeue: queues points of failed Jobs again if no queue and no verdict holds them, and returns the ids of those
    ///     that wait now. `nil` to leave failed Jobs alone.
    ///   - render: renders the manifests for a point.
    /// - Throws: ``KubernetesError``, ``ManifestError``, and the errors of the three closures.
    package func round(
        on entry: QueueReportEntry, policy: ScalingPolicy,
        ready: (_ offset: Int, _ limit: Int) async throws -> [ReadyJob],
        requeue: (([PointJob]) async throws -> Set<String>)? = nil,
        render: (PointJob, ScalingDecision, WorkerCounts) throws -> [Manifest]
    ) async throws -> ScalerRound {
        var inventory = try await client.inventory(of: group)
        var requeued: [String] = []
        if let requeue { requeued = try await deleteFailedJobs(in: &inventory, requeue) }
        var live = try await client.counts(inventory, group)
        let plan = try await PointPlan.make(
            for: entry, jobs: inventory.jobs, live: live, policy: policy, ready: ready)
        if plan.invalidJobs > 0 {
            live.problems.append("\(plan.invalidJobs) jobs of the queue are not points: their ids are not hashes")
        }
        var round = newRound(live, plan.decision(live: live), inventory)
        round.requeued = requeued
        let rendered = try plan.points.map { point in
            (point, try plan.render(point) { try render(point, $0, live) })
        }
        try await apply(&round, inventory) { owner, round in
            for (point, manifests) in rendered {
                try await create(manifests, decision: point.decision, owner: owner, &round)
            }
        } scaleDown: { round in
            for job in plan.blockingJobs { round.deletedJobs += try await delete(job) }
        }
        return round
    }

    /// Queues the points of failed Jobs again, and deletes the Jobs of those that wait now, so that new ones can be
    /// created.
    private func deleteFailedJobs(
        in inventory: inout WorkerInventory, _ requeue: ([PointJob]) async throws -> Set<String>
    ) async throws -> [String] {
        let failed = inventory.jobs.filter { $0.state == .failed }
        let waiting = try await requeue(failed.compactMap { PointJob(of: $0) })
        var deleted: [String] = []
        for job in failed where PointJob(of: job).map({ waiting.contains($0.id) }) ?? false {
            deleted += try await delete(job)
        }
        inventory = WorkerInventory(
            jobs: inventory.jobs.filter { !deleted.contains($0.metadata.name ?? "") }, pods: inventory.pods)
        return deleted
    }

    /// - Returns: the Job's name, unless the Job was already gone.
    private func delete(_ job: JobObject) async throws -> [String] {
        guard let name = job.metadata.name, let uid = job.metadata.uid else { return [] }
        return try await client.delete(.jobs, name, in: group.namespace, DeleteOptions(.background, uid: uid))
            ? [name] : []
    }
}
