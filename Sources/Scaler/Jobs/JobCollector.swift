internal import HTTPClient
internal import KubernetesClient
internal import Support

/// How long Jobs that have ended are kept.
package struct JobRetention: Sendable, Hashable {
    /// Those that completed; their log may be wanted for a while.
    package var completed: Duration
    /// Those that failed, from which more is to be learned.
    package var failed: Duration

    /// Ten minutes, and a day.
    package init(completed: Duration = .seconds(600), failed: Duration = .seconds(86_400)) {
        self.completed = completed
        self.failed = failed
    }

    /// Which Jobs have been there for long enough: pure.
    ///
    /// - Parameter now: seconds since 1970; the cluster's times are compared with it, so a clock that is wrong by minutes
    ///   only collects by minutes earlier or later.
    func ended(_ jobs: [JobObject], at now: Int) -> [JobObject] {
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
    /// Deletes a group's Jobs that have ended and been kept for long enough, with their pods. Only those that the scaler
    /// made.
    ///
    /// - Returns: their names.
    /// - Throws: ``KubernetesError``.
    package func collectJobs(of group: WorkerGroup, keeping retention: JobRetention) async throws -> [String] {
        let jobs = try await list(JobObject.self, in: group.namespace, labels: group.selector).items
        return try await collect(jobs, in: group.namespace, keeping: retention)
    }

    /// The same, of Jobs that are listed already.
    func collect(_ jobs: [JobObject], in namespace: String, keeping retention: JobRetention) async throws -> [String] {
        let ours = jobs.filter { $0.metadata.labels?[Labels.managedBy] == Labels.scaler }
        var names: [String] = []
        for job in retention.ended(ours, at: UTC.now) {
            guard let name = job.metadata.name else { continue }
            let deletion = DeleteOptions(.background, uid: job.metadata.uid)
            if try await delete(.jobs, name, in: namespace, deletion) { names.append(name) }
        }
        return names
    }
}
