internal import ExplorationFile
internal import LeaseQueue
internal import Yams

/// The variables of a template.
package struct TemplateVariables: Sendable {
    package let entry: QueueReportEntry
    package let decision: ScalingDecision
    package let policy: ScalingPolicy
    /// The workers to create, and the namespace of the objects.
    package let group: WorkerGroup
    /// The operator's values, as `values.NAME`.
    package let custom: [String: String]
    /// The point that the Job is for; `nil` if it is not for one point.
    package let point: PointJob?

    package init(
        entry: QueueReportEntry, decision: ScalingDecision, policy: ScalingPolicy, namespace: String,
        custom: [String: String] = [:], point: PointJob? = nil
    ) {
        self.entry = entry
        self.decision = decision
        self.policy = policy
        group = WorkerGroup(exploration: entry.exploration, queue: entry.queue.rawValue, namespace: namespace)
        self.custom = custom
        self.point = point
    }

    /// A name for the decision's Job: `habitable-zone-main-0123456789abcdef`. It has at most 63 characters, since the
    /// labels of the pods must hold it.
    package var jobName: String {
        let start = "\(entry.exploration)-\(entry.queue.rawValue.replacing("_", with: "-"))"
            .prefix(62 - decision.id.utf8.count)
        return "\(start.trimmingSuffix("-"))-\(decision.id)"
    }

    /// The variables for Stencil, without unknown values.
    var values: [String: Any] {
        [
            "exploration": ["name": entry.exploration, "redis_namespace": entry.namespace],
            "queue": queue, "live": live, "resources": resources, "nodes": entry.nodes.map(Self.node),
            "decision": [
                "id": decision.id, "pods": decision.pods, "wanted": decision.wanted, "reason": decision.reason,
            ] as [String: Any],
            "policy": [
                "minimum": policy.minimum, "maximum": policy.maximum, "jobs_per_pod": policy.jobsPerPod,
                "target_time": Int(policy.targetTime.components.seconds),
            ],
            "pods": decision.pods, "job": ["name": jobName], "namespace": group.namespace, "values": custom,
        ].merging(optional) { first, _ in first }
    }

    private var optional: [String: Any] {
        var optional: [String: Any] = [:]
        optional["node_group"] = entry.nodeGroup
        optional["point"] = point.map { ["id": $0.id, "priority": $0.priority] as [String: Any] }
        return optional
    }

    private var queue: [String: Any] {
        let report = entry.report
        var queue: [String: Any] = [
            "name": entry.queue.rawValue, "control": report.control.rawValue, "ready": report.counts.ready,
            "delayed": report.counts.delayed, "leased": report.counts.leased, "dead": report.counts.dead,
            "outstanding": entry.load.outstanding, "completed_last_minute": report.lastMinute.completed,
            "completed_last_hour": report.lastHour.completed,
        ]
        queue["budget"] = report.budget
        queue["oldest_age"] = report.oldestReadyAge.map { $0 / .seconds(1) }
        queue["run_time"] = entry.runTime.map { $0 / .seconds(1) }
        return queue
    }

    private var live: [String: Any] {
        let live = entry.live ?? WorkerCounts()
        return ["running": live.running, "pending": live.pending, "total": live.total, "jobs": live.activeJobs]
    }

    private var resources: [String: Any] {
        [
            "cpus": entry.resources.cpus.description, "ram": entry.resources.ram.description,
            "disk": entry.resources.disk.description, "gpus": entry.resources.gpus,
            // The name of `disk` in older templates.
            "hdd": entry.resources.disk.description,
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

/// Reads the operator's values for templates, a YAML mapping of names to text.
package enum TemplateValues {
    /// Reads a file.
    ///
    /// - Throws: `DefinitionError` with all errors, each with its line.
    package static func read(file: String) throws -> [String: String] {
        try read(text: YAMLFile.text(of: file), file: file)
    }

    /// Reads YAML.
    ///
    /// - Parameter file: the name of the file in messages.
    /// - Throws: `DefinitionError` with all errors, each with its line.
    package static func read(text: String, file: String) throws -> [String: String] {
        let diagnostics = DiagnosticList()
        let root = try YAMLFile.compose(text, file: file)
        guard case .mapping(let mapping) = root else {
            diagnostics.add("the values must be a mapping of names to text", at: root)
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        var values: [String: String] = [:]
        for (key, value) in mapping {
            guard let name = key.string, name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_]*/) != nil else {
                diagnostics.add("a value's name must consist of letters, digits and underscores", at: key)
                continue
            }
            guard let scalar = value.scalar else {
                diagnostics.add("the value '\(name)' must be text", at: value)
                continue
            }
            values[name] = scalar.string
        }
        guard diagnostics.diagnostics.isEmpty else {
            throw DefinitionError(file: file, diagnostics: diagnostics.diagnostics)
        }
        return values
    }
}
