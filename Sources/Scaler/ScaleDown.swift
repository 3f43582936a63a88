internal import HTTPClient
internal import KubernetesClient
internal import Support

/// Removes waiting pods from one Job.
struct ScaleDown: Sendable, Hashable {
    private struct Patch: Encodable {
        struct Spec: Encodable { let parallelism: Int }
        let spec: Spec
    }

    /// The Job's name.
    let job: String
    let uid: String
    /// The number of pods that the Job keeps; a Job without pods is deleted.
    let remainingPods: Int

    /// Plans from which Jobs `count` waiting pods are removed, the newest Jobs first: pure.
    static func plan(_ count: Int, from inventory: WorkerInventory) -> [ScaleDown] {
        let byJob = Dictionary(grouping: inventory.pods.filter { !$0.isOver }) { $0.jobName ?? "" }
        let missing = inventory.missing
        let newestFirst = inventory.jobs.filter { job in
            job.state == .active && job.metadata.labels?[Labels.managedBy] == Labels.scaler
        }.sorted { ($0.metadata.creationTimestamp ?? "") > ($1.metadata.creationTimestamp ?? "") }
        var left = count
        var plan: [ScaleDown] = []
        for job in newestFirst where left > 0 {
            guard let name = job.metadata.name, let uid = job.metadata.uid else { continue }
            let own = byJob[name] ?? []
            let all = own.count + (missing[name] ?? 0)
            let removed = min(left, all - own.count { $0.status?.phase == "Running" })
            guard removed > 0 else { continue }
            left -= removed
            plan.append(ScaleDown(job: name, uid: uid, remainingPods: all - removed))
        }
        return plan
    }

    /// Applies the change. The cluster ends waiting pods before running ones.
    func apply(_ client: KubernetesClient, in namespace: String) async throws {
        if remainingPods == 0 {
            try await client.delete(.jobs, job, in: namespace, DeleteOptions(.background, uid: uid))
        } else {
            try await client.patch(.jobs, job, in: namespace, with: Patch(spec: .init(parallelism: remainingPods)))
        }
    }
}

/// The time for which ended Jobs are kept.
package struct JobRetention: Sendable, Hashable {
    /// For completed Jobs, whose logs may be wanted for a while.
    package var completed: Duration
    /// For failed Jobs.
    package var failed: Duration

    /// Ten minutes and a day by default.
    package init(completed: Duration = .seconds(600), failed: Duration = .seconds(86_400)) {
        self.completed = completed
        self.failed = failed
    }

    /// The Jobs whose retention is over: pure.
    ///
    /// - Parameter now: seconds since 1970, compared with the cluster's times; a clock that is wrong by minutes only
    ///   shifts deletion by minutes.
    func expired(among jobs: [JobObject], at now: Int) -> [JobObject] {
        jobs.filter { job in
            guard let end = job.endTime.flatMap(UTC.seconds), job.metadata.deletionTimestamp == nil else {
                return false
            }
            let age = Duration.seconds(now - end)
            return switch job.state {
            case .complete: age >= completed
            case .failed: age >= failed
            case .active, .suspended: false
            }
        }
    }
}

extension KubernetesClient {
    /// Deletes the Jobs whose retention is over, with their pods, if they were created by the scaler.
    ///
    /// - Returns: their names.
    /// - Throws: ``KubernetesError``.
    func deleteEndedJobs(
        among jobs: [JobObject], in namespace: String, keeping retention: JobRetention
    ) async throws -> [String] {
        let ours = jobs.filter { $0.metadata.labels?[Labels.managedBy] == Labels.scaler }
        var names: [String] = []
        for job in retention.expired(among: ours, at: UTC.now) {
            guard let name = job.metadata.name else { continue }
            let deletion = DeleteOptions(.background, uid: job.metadata.uid)
            if try await delete(.jobs, name, in: namespace, deletion) { names.append(name) }
        }
        return names
    }
}
