package import Support

/// The limits on the number of workers, and on how fast it may change.
package struct ScalingPolicy: Hashable, Sendable {
    /// The fewest pods while there is work for them.
    package var minimum = 0
    /// The most pods.
    package var maximum = 100
    /// Jobs per pod: with fewer jobs left, there are fewer pods.
    package var jobsPerPod = 1
    /// The most pods while the run time of a job is unknown.
    package var firstPods = 10
    /// The time in which the outstanding work should be done.
    package var targetTime: Duration = .seconds(3600)
    /// The most pods that one decision adds.
    package var stepUp = 100
    /// The most waiting pods that one decision removes.
    package var stepDown = 100
    /// The wait after pods were added until more may be added.
    package var coolDown: Duration = .seconds(60)
    /// The fraction by which the target time may be exceeded, and the fraction of missing pods that is ignored.
    package var tolerance = 0.1
    /// The number of failed Jobs, not yet deleted, from which on no more pods are added.
    package var failureLimit = 3

    package init() {}

    /// Returns the policy if it is valid.
    ///
    /// - Throws: ``ScalingPolicyError`` that names the value that is out of range.
    package func validated() throws(ScalingPolicyError) -> ScalingPolicy {
        func check(_ holds: Bool, _ sentence: String) throws(ScalingPolicyError) {
            guard holds else { throw ScalingPolicyError(description: sentence) }
        }
        try check((0...100_000).contains(maximum), "the maximum of pods must be 0 to 100,000, not \(maximum)")
        try check(
            (0...maximum).contains(minimum), "the minimum of pods must be 0 to the maximum, \(maximum), not \(minimum)")
        try check(jobsPerPod >= 1, "the jobs per pod must be at least 1, not \(jobsPerPod)")
        try check(firstPods >= 1, "the first pods must be at least 1, not \(firstPods)")
        try check(targetTime >= .seconds(1), "the target time must be at least one second")
        try check(stepUp >= 1, "the step up must be at least 1 pod, not \(stepUp)")
        try check(stepDown >= 0, "the step down must not be negative")
        try check(coolDown >= .zero, "the cool-down must not be negative")
        try check((0...10).contains(tolerance), "the tolerance must be a fraction from 0 to 10, not \(tolerance)")
        try check(failureLimit >= 1, "the limit of failed Jobs must be at least 1, not \(failureLimit)")
        return self
    }
}

/// An invalid scaling policy.
package struct ScalingPolicyError: ErrorWithExitStatus, Hashable, CustomStringConvertible {
    package var exitStatus: ExitStatus { .configuration }
    package let description: String
}
