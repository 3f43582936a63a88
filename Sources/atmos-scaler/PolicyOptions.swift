internal import ArgumentParser
internal import Scaler
internal import Support

/// How many workers there are to be.
struct PolicyOptions: ParsableArguments {
    @Option(help: "The fewest pods, as long as there is work for them.")
    var minimum = ScalingPolicy().minimum

    @Option(help: "The most pods.")
    var maximum = ScalingPolicy().maximum

    @Option(help: "For how many jobs a pod is worth starting.")
    var jobsPerPod = ScalingPolicy().jobsPerPod

    @Option(help: "The most pods while nothing is known of how long a job takes.")
    var firstPods = ScalingPolicy().firstPods

    @Option(help: "Within how many seconds the work that there is now should be done.")
    var targetTime = 3600.0

    @Option(help: "The most pods to add at once.")
    var stepUp = ScalingPolicy().stepUp

    @Option(help: "The most waiting pods to take back at once.")
    var stepDown = ScalingPolicy().stepDown

    @Option(help: "How many seconds after pods were added no more are added.")
    var coolDown = 60.0

    @Option(
        help: ArgumentHelp(
            "By what share the target time may be exceeded.",
            discussion: """
                How long jobs take is known by a sample: there are so much fewer pods, and none are added where no more \
                than this share of those that are there is lacking.
                """))
    var tolerance = ScalingPolicy().tolerance

    @Option(help: "Add no pods while so many Jobs have failed.")
    var failureLimit = ScalingPolicy().failureLimit

    /// - Throws: `ScalingPolicyError`, `SettingError`.
    func policy() throws -> ScalingPolicy {
        guard (0...1e8).contains(targetTime), (0...1e8).contains(coolDown) else {
            throw SettingError(description: "--target-time and --cool-down must be 0 to 100,000,000 seconds")
        }
        var policy = ScalingPolicy()
        policy.minimum = minimum
        policy.maximum = maximum
        policy.jobsPerPod = jobsPerPod
        policy.firstPods = firstPods
        policy.targetTime = .seconds(targetTime)
        policy.stepUp = stepUp
        policy.stepDown = stepDown
        policy.coolDown = .seconds(coolDown)
        policy.tolerance = tolerance
        policy.failureLimit = failureLimit
        return try policy.validated()
    }
}
