internal import HTTPClient
internal import Health
package import KubernetesClient
package import Logging
internal import Metrics
internal import Support

/// The findings and results of one round of the scaler.
package struct ScalerRound: Sendable {
    /// The reason why a decision was not applied.
    package enum SkipReason: Sendable, Hashable {
        /// The scaler is suspended (``Annotations/suspended``).
        case suspended
    }

    package let live: WorkerCounts
    package let decision: ScalingDecision
    /// Whether the server only checked the requests.
    package let isDryRun: Bool
    package internal(set) var skipReason: SkipReason?
    /// Created objects, such as `Job 'w-1'`; in a dry run those that would be created.
    package internal(set) var created: [String] = []
    /// Objects that existed already, because the decision had been applied before.
    package internal(set) var existing: [String] = []
    /// Jobs of this round that were deleted again, because the scaler was suspended while it created them.
    package internal(set) var rolledBack: [String] = []
    /// Jobs that this round may have created.
    var requested: [String] = []
    /// Jobs from which waiting pods were removed.
    package internal(set) var scaledDown: [String] = []
    /// Failed Jobs that were deleted because their points wait for new ones.
    package internal(set) var requeued: [String] = []
    /// Ended Jobs that were deleted.
    package internal(set) var deletedJobs: [String] = []
    /// The server's warnings about accepted objects, without duplicates.
    package internal(set) var warnings: [String] = []
    /// Failed Jobs that still exist.
    package internal(set) var failed: [FailedJob] = []

    /// The round as text for the operator, one line for each result.
    package var lines: [String] {
        let suspension = skipReason == .suspended ? "; the scaler is suspended, so no worker is created" : ""
        var lines = ["\(live.running) workers running, \(live.pending) pending; \(decision.reason)\(suspension)"]
        lines += created.map { (isDryRun ? "the cluster would create " : "created ") + $0 }
        lines += existing.map { "\($0) already exists" }
        lines += rolledBack.map { "deleted Job '\($0)' again, since the scaler was suspended while it was created" }
        lines += requeued.map { "deleted the failed Job '\($0)', whose point is queued again" }
        lines += scaledDown.map { "removed waiting pods from \($0)" }
        lines += deletedJobs.map { "deleted the ended Job '\($0)'" }
        return lines
    }
}

/// The scaler's metrics.
package enum ScalerMetrics {
    private static let workers = MetricName(
        "atmos_workers", "Worker pods, by state: running, pending, unschedulable, and how many are wanted.")
    private static let jobs = MetricName("atmos_worker_k8s_jobs", "Kubernetes Jobs of workers, by state.")
    private static let created = MetricName(
        "atmos_scaler_objects_created_total", "Kubernetes objects that the scaler created.")
    private static let deleted = MetricName(
        "atmos_scaler_jobs_deleted_total", "Ended Kubernetes Jobs that the scaler deleted.")
    private static let problems = MetricName("atmos_scaler_problems", "Current problems of the workers.")

    /// The sentence that explains each metric, by the metric's name.
    package static let help = MetricName.help([workers, jobs, created, deleted, problems])

    /// Records the results of a round.
    static func record(_ round: ScalerRound, of group: WorkerGroup) {
        let dimensions = [("exploration", group.exploration), ("queue", group.queue ?? "")]
        func gauge(label: String, _ states: [(String, Int)]) {
            for (state, count) in states {
                Gauge(label: label, dimensions: dimensions + [("state", state)]).record(count)
            }
        }
        let live = round.live
        gauge(
            label: workers.label,
            [
                ("running", live.running), ("pending", live.pending), ("unschedulable", live.unschedulable),
                ("wanted", round.decision.wanted),
            ])
        gauge(
            label: jobs.label,
            [("active", live.activeJobs), ("failed", live.failedJobs), ("finished", live.finishedJobs)])
        Counter(label: created.label, dimensions: dimensions).increment(by: round.created.count)
        Counter(label: deleted.label, dimensions: dimensions)
            .increment(by: round.deletedJobs.count)
        Gauge(label: problems.label, dimensions: dimensions).record(round.live.problems.count)
    }
}

/// Posts events on the Deployment that a program runs as, for `kubectl describe deployment`.
package struct EventRecorder: Sendable {
    /// The type of an event.
    package enum Kind: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    /// The longest message that the server accepts is 1024 bytes.
    private static let maxMessageLength = 1000

    private let client: KubernetesClient
    private let about: EventObject.Reference
    private let namespace: String
    private let instance: String
    private let logger: Logger

    /// - Parameters:
    ///   - deployment: the object that the events are about.
    ///   - instance: the name of the reporting pod.
    package init(
        client: KubernetesClient, deployment: DeploymentObject, namespace: String, instance: String, logger: Logger
    ) {
        self.client = client
        self.namespace = namespace
        self.instance = instance
        self.logger = logger
        about = EventObject.Reference(
            apiVersion: ResourceType.deployments.apiVersion, kind: ResourceType.deployments.kind, namespace: namespace,
            name: deployment.metadata.name, uid: deployment.metadata.uid)
    }

    /// Posts an event. A failure is only logged.
    ///
    /// - Parameters:
    ///   - reason: one word in camel case: `ScaledUp`.
    ///   - key: part of the event's name; events with the same key are posted once.
    package func post(_ kind: Kind, _ reason: String, _ message: String, key: String) async {
        let now = UTC.text(UTC.now)
        var event = EventObject(
            metadata: ObjectMetadata(name: "\(about.name ?? Labels.scaler).\(key)", namespace: namespace),
            involvedObject: about)
        event.reason = reason
        event.message = String(message.prefix(Self.maxMessageLength))
        event.type = kind.rawValue
        event.source = EventObject.Source(component: Labels.scaler)
        event.firstTimestamp = now
        event.lastTimestamp = now
        event.count = 1
        event.reportingComponent = Labels.scaler
        event.reportingInstance = instance
        do {
            _ = try await client.create(event, in: namespace)
        } catch {
            logger.warning("event not posted", metadata: ["event": "\(reason)", "error": "\(error)"])
        }
    }
}
