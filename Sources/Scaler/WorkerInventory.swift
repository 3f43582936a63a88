internal import HTTPClient
package import KubernetesClient
internal import Logging
internal import Support

/// The Jobs and pods of a group of workers, as listed: pure.
///
/// Pods that a Job has not created yet count as pending. Otherwise a second look right after the first would find
/// nothing, and everything would be created twice. The Jobs must be listed before the pods.
struct WorkerInventory: Sendable {
    let jobs: [JobObject]
    let pods: [PodObject]

    /// The number of pods that each active Job lacks, by the Job's name.
    var missing: [String: Int] {
        let byJob = Dictionary(grouping: pods) { $0.jobName ?? "" }
        var missing: [String: Int] = [:]
        for job in jobs where job.state == .active && job.metadata.deletionTimestamp == nil {
            guard let name = job.metadata.name else { continue }
            let own = byJob[name] ?? []
            let wanted = Self.wanted(job, hasSucceeded: own.contains { $0.status?.phase == "Succeeded" })
            let lacking = wanted - own.count { !$0.isOver }
            if lacking > 0 { missing[name] = lacking }
        }
        return missing
    }

    /// Counts the workers.
    ///
    /// - Parameters:
    ///   - events: the events `FailedCreate` about Jobs.
    ///   - now: seconds since 1970, for the ages of Jobs.
    func counts(events: [EventObject], at now: Int) -> WorkerCounts {
        let alive = pods.filter { !$0.isOver }
        let running = alive.count { $0.status?.phase == "Running" }
        let missing = missing
        var live = WorkerCounts()
        live.running = running
        live.pending = alive.count - running + missing.values.reduce(0, +)
        live.unschedulable = alive.count { $0.schedulingProblem != nil }
        live.activeJobs = jobs.count { $0.state == .active }
        live.failedJobs = jobs.count { $0.state == .failed }
        live.finishedJobs = jobs.count { $0.state == .complete }
        live.lastScaleUp = lastScaleUp(at: now)
        live.problems = problems(of: alive, missing: missing, events: events)
        return live
    }

    /// The failed Jobs, with the outcomes of their last pods.
    var failed: [FailedJob] {
        let byJob = Dictionary(grouping: pods) { $0.jobName ?? "" }
        return jobs.filter { $0.state == .failed }.compactMap {
            FailedJob($0, pods: byJob[$0.metadata.name ?? ""] ?? [])
        }
    }

    private func lastScaleUp(at now: Int) -> LastScaleUp? {
        let created = jobs.compactMap { job -> (id: String, at: Int)? in
            guard let id = job.metadata.annotations?[Annotations.decision],
                let at = job.metadata.creationTimestamp.flatMap(UTC.seconds)
            else { return nil }
            return (id, at)
        }
        return created.max { $0.at < $1.at }.map { LastScaleUp(id: $0.id, age: .seconds(max(0, now - $0.at))) }
    }

    /// The number of pods that a Job should have now. One without completions creates none after one of them succeeded.
    private static func wanted(_ job: JobObject, hasSucceeded: Bool) -> Int {
        let parallelism = job.spec?.parallelism ?? 1
        guard let completions = job.spec?.completions else {
            return hasSucceeded || (job.status?.succeeded ?? 0) > 0 ? 0 : parallelism
        }
        return min(parallelism, completions - (job.status?.succeeded ?? 0))
    }

    private func problems(of alive: [PodObject], missing: [String: Int], events: [EventObject]) -> [String] {
        var problems = Self.grouped(alive.compactMap(\.schedulingProblem), "cannot be scheduled")
        problems += Self.grouped(alive.compactMap(\.containerProblem), "cannot run")
        for (name, count) in missing.sorted(by: { $0.key < $1.key }) {
            let newest = events.last { $0.involvedObject.name == name }
            guard let message = newest?.message else { continue }
            problems.append("Job '\(name)' cannot create \(Self.pods(count)): \(message)")
        }
        problems += failed.map(\.sentence)
        return problems
    }

    /// One sentence for all pods with the same problem, the most frequent problem first.
    private static func grouped(_ reasons: [String], _ what: String) -> [String] {
        Dictionary(grouping: reasons) { $0 }.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
            .map { "\(pods($0.value.count)) \(what): \($0.key)" }
    }

    private static func pods(_ count: Int) -> String {
        count == 1 ? "1 pod" : "\(count) pods"
    }
}

extension KubernetesClient {
    /// Counts a group's workers, with their problems.
    ///
    /// - Throws: ``KubernetesError``.
    package func workerCounts(_ group: WorkerGroup) async throws -> WorkerCounts {
        try await counts(inventory(of: group), group)
    }

    /// Counts the workers of an inventory, with the reasons for missing pods.
    func counts(_ inventory: WorkerInventory, _ group: WorkerGroup) async throws -> WorkerCounts {
        let events = try await failedCreations(of: inventory.missing, in: group.namespace)
        return inventory.counts(events: events, at: UTC.now)
    }

    /// Lists a group's Jobs and pods. The Jobs come first: a pod of a Job that is created in between is then counted
    /// rather than missing.
    func inventory(of group: WorkerGroup) async throws -> WorkerInventory {
        let jobs = try await list(JobObject.self, in: group.namespace, labels: group.selector).items
        let pods = try await list(PodObject.self, in: group.namespace, labels: group.selector).items
        return WorkerInventory(jobs: jobs, pods: pods)
    }

    /// The events that say why the cluster does not create pods, such as a quota or an admission rule.
    private func failedCreations(of missing: [String: Int], in namespace: String) async throws -> [EventObject] {
        guard !missing.isEmpty else { return [] }
        do {
            return try await list(
                EventObject.self, in: namespace, fields: "involvedObject.kind=Job,reason=FailedCreate"
            ).items.sorted { ($0.lastTimestamp ?? "") < ($1.lastTimestamp ?? "") }
        } catch let error as KubernetesError where error.code == .forbidden {
            // Counting does not need this permission.
            logger.warning(
                "cannot list events; missing pods are reported without a reason", metadata: ["error": "\(error)"])
            return []
        }
    }
}

extension PodObject {
    /// The reason why the scheduler has no node for the pod; `nil` if it has one.
    var schedulingProblem: String? {
        guard
            let condition = status?.conditions?.first(where: { $0.type == "PodScheduled" && $0.status == "False" }),
            condition.reason == "Unschedulable"
        else { return nil }
        return condition.message ?? "the scheduler gives no reason"
    }

    /// The reason why a container does not start or keeps restarting; `nil` if none has such a problem.
    var containerProblem: String? {
        // The reasons of every pod that starts.
        let ordinary = ["ContainerCreating", "PodInitializing"]
        for container in (status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? []) {
            guard let waiting = container.state?.waiting, let reason = waiting.reason, !ordinary.contains(reason) else {
                continue
            }
            let last = container.lastState?.terminated.map { "; it ended with \($0.text)" } ?? ""
            return "container '\(container.name)': \(reason)" + (waiting.message.map { ": \($0)" } ?? "") + last
        }
        return nil
    }

    /// The reason of the pod's failure; `nil` unless it has failed.
    var failure: String? {
        guard status?.phase == "Failed" else { return nil }
        let containers = (status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? [])
        var ends: [String] = []
        for container in containers {
            guard let end = container.state?.terminated, end.exitCode != 0 else { continue }
            ends.append("container '\(container.name)' ended with \(end.text)")
        }
        let whole = [status?.reason, status?.message].compactMap { $0 }.joined(separator: ": ")
        let parts = (whole.isEmpty ? [] : [whole]) + ends
        return parts.isEmpty ? "no reason is given" : parts.joined(separator: ", ")
    }
}

extension PodObject.Container.Terminated {
    /// `exit status 78 (Error)`, `exit status 137 (OOMKilled)`.
    fileprivate var text: String {
        "exit status \(exitCode)" + (reason.map { " (\($0))" } ?? "")
    }
}

/// A Job that the cluster has given up.
package struct FailedJob: Sendable, Hashable {
    package let name: String
    package let uid: String
    /// The cluster's reason in one word: `BackoffLimitExceeded`, `PodFailurePolicy`, `DeadlineExceeded`.
    package let reason: String
    /// The cluster's message.
    package let message: String
    /// The distinct failures of its pods; empty if no pod is left.
    package let podFailures: [String]
    /// The point that the Job was created for; `nil` if it was not for one point.
    package let point: PointJob?

    /// Creates it; `nil` for a Job without a name.
    init?(_ job: JobObject, pods: [PodObject]) {
        guard let name = job.metadata.name, let uid = job.metadata.uid else { return nil }
        self.name = name
        self.uid = uid
        let condition = job.condition("Failed")
        reason = condition?.reason ?? "Failed"
        message = condition?.message ?? "the cluster gives no reason"
        podFailures = Set(pods.compactMap(\.failure)).sorted()
        point = PointJob(of: job)
    }

    /// The failure in one sentence, for the operator.
    package var sentence: String {
        let pods = podFailures.isEmpty ? "" : "; pods: \(podFailures.prefix(3).joined(separator: "; "))"
        let point = point.map { " of point \($0.id)" } ?? ""
        return "Job '\(name)'\(point) failed (\(reason)): \(message)\(pods)"
    }
}
