internal import ExplorationFile
internal import LeaseQueue

/// What a template can ask for.
package struct TemplateVariables: Sendable {
    package let work: QueueWork
    package let decision: ScalingDecision
    package let policy: ScalingPolicy
    /// Whose workers they are, and the namespace in which objects are made.
    package let group: WorkerGroup
    /// Texts of the operator's own, as `values.NAME`.
    package let own: [String: String]
    /// The point that the Job is for; nil where it is for whatever is in the queue.
    package let point: PointJob?

    package init(
        work: QueueWork, decision: ScalingDecision, policy: ScalingPolicy, namespace: String,
        own: [String: String] = [:], point: PointJob? = nil
    ) {
        self.work = work
        self.decision = decision
        self.policy = policy
        group = WorkerGroup(exploration: work.exploration, queue: work.queue.rawValue, namespace: namespace)
        self.own = own
        self.point = point
    }

    /// A name for the decision's Job: `habitable-zone-main-0123456789abcdef`, at most 63 characters, as the labels of its
    /// pods have to hold it.
    package var jobName: String {
        let start = "\(work.exploration)-\(work.queue.rawValue.replacing("_", with: "-"))"
            .prefix(62 - decision.id.utf8.count)
        return "\(start.trimmingSuffix("-"))-\(decision.id)"
    }

    /// As Stencil wants them: what is not known is not there.
    var values: [String: Any] {
        [
            "exploration": ["name": work.exploration, "redis_namespace": work.namespace],
            "queue": queue, "live": live, "resources": resources, "nodes": work.nodes.map(Self.node),
            "decision": [
                "id": decision.id, "pods": decision.pods, "wanted": decision.wanted, "reason": decision.reason,
            ] as [String: Any],
            "policy": [
                "minimum": policy.minimum, "maximum": policy.maximum, "jobs_per_pod": policy.jobsPerPod,
                "target_time": Int(policy.targetTime.components.seconds),
            ],
            "pods": decision.pods, "job": ["name": jobName], "namespace": group.namespace, "values": own,
        ].merging(optional) { first, _ in first }
    }

    private var optional: [String: Any] {
        var optional: [String: Any] = [:]
        optional["node_group"] = work.nodeGroup
        optional["point"] = point.map { ["id": $0.id, "priority": $0.priority] as [String: Any] }
        return optional
    }

    private var queue: [String: Any] {
        let report = work.report
        var queue: [String: Any] = [
            "name": work.queue.rawValue, "control": report.control.rawValue, "ready": report.counts.ready,
            "delayed": report.counts.delayed, "leased": report.counts.leased, "dead": report.counts.dead,
            "outstanding": work.load.outstanding, "completed_last_minute": report.lastMinute.completed,
            "completed_last_hour": report.lastHour.completed,
        ]
        queue["budget"] = report.budget
        queue["oldest_age"] = report.oldestReadyAge.map { $0 / .seconds(1) }
        queue["run_time"] = work.runTime.map { $0 / .seconds(1) }
        return queue
    }

    private var live: [String: Any] {
        let live = work.live ?? LiveWorkers()
        return ["running": live.running, "pending": live.pending, "total": live.total, "jobs": live.activeJobs]
    }

    private var resources: [String: Any] {
        [
            "cpus": work.resources.cpus.description, "ram": work.resources.ram.description,
            "hdd": work.resources.disk.description, "gpus": work.resources.gpus,
        ]
    }

    private static func node(_ offer: NodeOffer) -> [String: Any] {
        [
            "name": offer.shape.name, "group": offer.shape.group, "price": offer.shape.price, "runs": offer.runs,
            "price_per_run": offer.pricePerRun,
        ]
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ character: Character) -> SubSequence {
        var rest = self[...]
        while rest.last == character { rest = rest.dropLast() }
        return rest
    }
}
