package import Support

/// How many workers there are to be, and how fast their number may change.
package struct ScalingPolicy: Hashable, Sendable {
    /// At least so many pods, as long as there is work for them.
    package var minimum = 0
    /// Never more pods than this.
    package var maximum = 100
    /// A pod is worth starting for so many jobs: there are no more pods than one for each so many jobs.
    package var jobsPerPod = 1
    /// So many pods at most while nothing is known of how long a job takes.
    package var firstPods = 10
    /// Within what time the work that there is now should be done.
    package var targetTime: Duration = .seconds(3600)
    /// The most pods that one decision adds.
    package var stepUp = 100
    /// The most waiting pods that one decision takes back.
    package var stepDown = 100
    /// How long after a decision that added pods the next one may come.
    package var coolDown: Duration = .seconds(60)
    /// By what share the work may take longer than the target time. So much fewer pods are wanted, and pods are added only
    /// where the number wanted is above the number there by more than this share of it.
    package var tolerance = 0.1
    /// So many failed Jobs (of those that are not collected yet) and no more are made.
    package var failureLimit = 3

    package init() {}

    /// - Throws: ``ScalingPolicyError`` that says which value is out of range.
    package func validated() throws(ScalingPolicyError) -> ScalingPolicy {
        func check(_ holds: Bool, _ sentence: String) throws(ScalingPolicyError) {
            guard holds else { throw ScalingPolicyError(description: sentence) }
        }
        try check((0...100_000).contains(maximum), "The maximum of pods must be 0 to 100,000, not \(maximum).")
        try check(
            (0...maximum).contains(minimum), "The minimum of pods must be 0 to the maximum, \(maximum), not \(minimum)."
        )
        try check(jobsPerPod >= 1, "A pod must be worth at least 1 job, not \(jobsPerPod).")
        try check(firstPods >= 1, "The first pods must be at least 1, not \(firstPods).")
        try check(targetTime >= .seconds(1), "The target time must be at least one second.")
        try check(stepUp >= 1, "A step up must be at least 1 pod, not \(stepUp).")
        try check(stepDown >= 0, "A step down must not be negative.")
        try check(coolDown >= .zero, "The cool-down must not be negative.")
        try check((0...10).contains(tolerance), "The tolerance must be a share of 0 to 10, not \(tolerance).")
        try check(failureLimit >= 1, "The limit of failed Jobs must be at least 1, not \(failureLimit).")
        return self
    }
}

/// A policy that cannot be followed.
package struct ScalingPolicyError: ErrorWithExitStatus, Hashable, CustomStringConvertible {
    package var exitStatus: ExitStatus { .configuration }
    package let description: String
}
