internal import HTTPClient
internal import KubernetesClient
internal import Logging
internal import Support

extension KubernetesClient {
    /// Counts a group's workers, and says what is wrong with them.
    ///
    /// - Throws: ``KubernetesError``.
    package func liveWorkers(_ group: WorkerGroup) async throws -> LiveWorkers {
        let census = try await census(of: group)
        return try await live(census, group)
    }

    /// The group's Jobs that failed.
    ///
    /// - Throws: ``KubernetesError``.
    package func failedJobs(_ group: WorkerGroup) async throws -> [FailedJob] {
        try await census(of: group).failed
    }

    /// Says what a census means, with reasons for pods that are missing.
    func live(_ census: WorkerCensus, _ group: WorkerGroup) async throws -> LiveWorkers {
        let refusals = try await refusals(of: census.missing, in: group.namespace)
        return census.live(events: refusals, at: UTC.now)
    }

    /// Jobs first: a pod of a Job that is made in between is one that is counted, not one that is missing.
    func census(of group: WorkerGroup) async throws -> WorkerCensus {
        let jobs = try await list(JobObject.self, in: group.namespace, labels: group.selector).items
        let pods = try await list(PodObject.self, in: group.namespace, labels: group.selector).items
        return WorkerCensus(jobs: jobs, pods: pods)
    }

    /// Why the cluster makes no pods for Jobs that should have some: a quota, or an admission rule.
    private func refusals(of missing: [String: Int], in namespace: String) async throws -> [EventObject] {
        guard !missing.isEmpty else { return [] }
        do {
            return try await list(
                EventObject.self, in: namespace, fields: "involvedObject.kind=Job,reason=FailedCreate"
            ).items.sorted { ($0.lastTimestamp ?? "") < ($1.lastTimestamp ?? "") }
        } catch let error as KubernetesError where error.code == .forbidden {
            // Counting must go on without that right.
            logger.warning("no reasons for pods that are missing", metadata: ["error": "\(error)"])
            return []
        }
    }
}
