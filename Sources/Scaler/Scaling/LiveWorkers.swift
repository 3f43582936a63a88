/// The worker pods and Jobs of one queue that a cluster has now.
///
/// Counted by the labels that everything of ours carries, never by names.
package struct LiveWorkers: Hashable, Sendable {
    /// Pods that run.
    package var running: Int
    /// Pods that are wanted and do not run yet, for whatever reason: also those of a Job that has no pod so far.
    package var pending: Int
    /// Of the pending ones those for which the scheduler has found no node.
    package var unschedulable: Int
    /// Jobs that have neither finished nor failed.
    package var activeJobs: Int
    package var failedJobs: Int
    package var finishedJobs: Int
    /// What is wrong with Jobs and pods, one clear sentence each.
    package var problems: [String]
    /// The decision that the newest Job was made by; nil where there is none.
    package var newest: MadeDecision?

    package init(
        running: Int = 0, pending: Int = 0, unschedulable: Int = 0, activeJobs: Int = 0, failedJobs: Int = 0,
        finishedJobs: Int = 0, problems: [String] = [], newest: MadeDecision? = nil
    ) {
        self.running = running
        self.pending = pending
        self.unschedulable = unschedulable
        self.activeJobs = activeJobs
        self.failedJobs = failedJobs
        self.finishedJobs = finishedJobs
        self.problems = problems
        self.newest = newest
    }

    /// All pods that work or will.
    package var total: Int { running + pending }
}

/// A decision that became a Job, as the Job itself tells.
///
/// The next decision takes its id and its cool-down from here, so that a scaler remembers nothing of its own: one that
/// was started anew, or a second one, decides what the first would have.
package struct MadeDecision: Hashable, Sendable {
    /// From the Job's annotation ``Annotations/decision``.
    package var id: String
    /// How long ago the Job was made.
    package var age: Duration

    package init(id: String, age: Duration) {
        self.id = id
        self.age = age
    }
}
