package import KubernetesClient
package import LeaseQueue
internal import Support

/// Which points get a Job of their own now.
package struct PointPlan: Sendable {
    /// How many ready jobs are looked at in all, and at a time. Those that have a Job already are before the others, so
    /// it is to be more than there are Jobs at once.
    private static let bound = 10_000
    private static let page = 500

    /// Those that get one.
    package private(set) var points: [PointJob] = []
    /// Why so many.
    package private(set) var reason: String
    /// Jobs that completed without their point, which is still there as it was: the queue was paused or drained. They are
    /// in the way of another one of their name.
    private(set) var obstacles: [JobObject] = []
    /// How many Jobs failed without having had their point: not the point's fault, but the configuration's.
    private(set) var stuck = 0
    /// Jobs of the queue that are no points.
    private(set) var foreign = 0

    private let exploration: String
    private let queue: String
    private var room: Int
    private var seen: Set<String> = []
    private let atWork: Set<String>
    private let ended: [String: JobObject]

    /// A plan for as many points as there is room for.
    ///
    /// - Parameters:
    ///   - live: what the cluster has; nothing where no cluster is asked.
    ///   - ready: so many ready jobs after the first so many, in the order in which they are leased.
    /// - Throws: what `ready` throws.
    package static func make(
        for work: QueueWork, live: LiveWorkers = LiveWorkers(), policy: ScalingPolicy,
        ready: (_ offset: Int, _ limit: Int) async throws -> [ReadyJob]
    ) async throws -> PointPlan {
        try await make(for: work, jobs: [], live: live, policy: policy, ready: ready)
    }

    /// The same, with the Jobs that there are, which were listed before the ready jobs are.
    static func make(
        for work: QueueWork, jobs: [JobObject], live: LiveWorkers, policy: ScalingPolicy,
        ready: (_ offset: Int, _ limit: Int) async throws -> [ReadyJob]
    ) async throws -> PointPlan {
        let (room, reason) = room(for: work.load, live, policy)
        var plan = PointPlan(work, jobs: jobs, room: room, reason: reason)
        guard room > 0 else { return plan }
        var offset = 0
        while offset < bound, plan.points.count < plan.room {
            let page = try await ready(offset, Self.page)
            for job in page { plan.consider(job) }
            if page.count < Self.page { break }
            offset += page.count
        }
        plan.conclude(failureLimit: policy.failureLimit)
        return plan
    }

    private init(_ work: QueueWork, jobs: [JobObject], room: Int, reason: String) {
        self.room = room
        self.reason = reason
        exploration = work.exploration
        queue = work.queue.rawValue
        atWork = Set(jobs.filter { !$0.isOver }.compactMap { PointJob(of: $0)?.id })
        ended = Dictionary(
            jobs.filter(\.isOver).compactMap { job in PointJob(of: job).map { ($0.decision, job) } }
        ) { first, _ in first }
    }

    /// How many more Jobs there may be.
    private static func room(
        for work: WorkLoad, _ live: LiveWorkers, _ policy: ScalingPolicy
    ) -> (room: Int, reason: String) {
        guard work.control == .run else { return (0, "the queue's state is '\(work.control.rawValue)'") }
        guard live.unschedulable == 0 else {
            return (0, "\(live.unschedulable) pods find no node: more would only wait with them")
        }
        let most = min(policy.maximum, work.budget ?? .max)
        let room = min(most - live.activeJobs, policy.stepUp)
        guard room > 0 else { return (0, "\(live.activeJobs) Jobs are there, and no more than \(most) are to be") }
        return (room, "")
    }

    private mutating func consider(_ job: ReadyJob) {
        guard points.count < room, seen.insert(job.id).inserted, !atWork.contains(job.id) else { return }
        guard let point = PointJob(job, queue: queue, exploration: exploration) else {
            foreign += 1
            return
        }
        switch ended[point.decision] {
        case nil: points.append(point)
        case let job? where job.state == .failed: stuck += 1
        case let job?: obstacles.append(job)
        }
    }

    private mutating func conclude(failureLimit: Int) {
        if stuck >= failureLimit {
            points = []
            reason = "\(stuck) Jobs failed before they had their point: more would too until their reason is gone"
        } else {
            reason = points.isEmpty ? "no point waits for a Job" : "\(points.count) points wait for a Job"
        }
    }

    /// As the decision of a round.
    func decision(live: LiveWorkers) -> ScalingDecision {
        let names = points.map(\.decision).joined(separator: "\n")
        return ScalingDecision(
            id: String(Hexadecimal.encode(SHA256.hash(names.utf8)).prefix(16)), pods: points.count, withdrawn: 0,
            wanted: live.activeJobs + points.count, reason: reason)
    }

    /// The manifests for a point, with the point in the Job's annotation.
    ///
    /// - Throws: ``ManifestError``, and what `render` throws.
    package func render(_ point: PointJob, _ render: (ScalingDecision) throws -> [Manifest]) throws -> [Manifest] {
        let decision = ScalingDecision(
            id: point.decision, pods: 1, withdrawn: 0, wanted: 1, reason: "point \(point.id) waits for a Job")
        return try point.annotated(try render(decision))
    }
}

extension JobObject {
    /// Whether it has ended, one way or the other.
    var isOver: Bool { state == .complete || state == .failed }
}
