internal import KubernetesClient

/// A Job that the cluster gave up.
package struct FailedJob: Sendable, Hashable {
    package let name: String
    package let uid: String
    /// One word: `BackoffLimitExceeded`, `PodFailurePolicy`, `DeadlineExceeded`.
    package let reason: String
    /// The cluster's own sentence.
    package let message: String
    /// How pods of it ended, each way once; empty when none is left to tell.
    package let ends: [String]
    /// The point that it was made for; nil where it was made for whatever is in the queue.
    package let point: PointJob?

    /// Nil for a Job without a name.
    init?(_ job: JobObject, pods: [PodObject]) {
        guard let name = job.metadata.name, let uid = job.metadata.uid else { return nil }
        self.name = name
        self.uid = uid
        let condition = job.condition("Failed")
        reason = condition?.reason ?? "Failed"
        message = condition?.message ?? "the cluster gives no reason"
        ends = Set(pods.compactMap(\.failure)).sorted()
        point = PointJob(of: job)
    }

    /// All of it, for people.
    package var sentence: String {
        let how = ends.isEmpty ? "" : "; pods: \(ends.prefix(3).joined(separator: "; "))"
        let whose = point.map { " of point \($0.id)" } ?? ""
        return "Job '\(name)'\(whose) failed (\(reason)): \(message)\(how)"
    }
}
