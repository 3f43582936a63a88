internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import KubernetesClient
internal import LeaseQueue
internal import Pipeline
internal import Scaler
internal import Support

/// The template of the workers' objects.
struct TemplateOptions: ParsableArguments {
    @Option(help: "Render this template; see config/scaler/ for examples.")
    var jobTemplate: String

    @Option(help: "Read the template's values.NAME from this YAML file.")
    var values: String?

    /// Reads the template and its values.
    ///
    /// - Throws: `TemplateError`, `DefinitionError`.
    func renderer(_ policy: ScalingPolicy, namespace: String) throws -> WorkerRenderer {
        try WorkerRenderer(
            template: JobTemplate(file: jobTemplate), values: values.map { try TemplateValues.read(file: $0) } ?? [:],
            namespace: namespace, policy: policy)
    }
}

/// Renders the objects for a decision.
struct WorkerRenderer: Sendable {
    let template: JobTemplate
    let values: [String: String]
    let namespace: String
    let policy: ScalingPolicy

    /// - Parameter point: the point that the Job is for; `nil` if it is not for one point.
    /// - Throws: `TemplateError`.
    func render(
        _ decision: ScalingDecision, for entry: QueueReportEntry, point: PointJob? = nil
    ) throws -> [Manifest] {
        try template.render(
            TemplateVariables(
                entry: entry, decision: decision, policy: policy, namespace: namespace, custom: values, point: point))
    }
}

/// The number of workers.
struct PolicyOptions: ParsableArguments {
    @Option(help: "Keep at least this number of pods while there is work for them.")
    var minimum = ScalingPolicy().minimum

    @Option(help: "Create at most this number of pods.")
    var maximum = ScalingPolicy().maximum

    @Option(help: "Jobs per pod: create no more pods than one for this number of jobs.")
    var jobsPerPod = ScalingPolicy().jobsPerPod

    @Option(help: "Create at most this number of pods while the run time of a job is unknown.")
    var firstPods = ScalingPolicy().firstPods

    @Option(help: "Finish the outstanding work within this time (default: 1h).", transform: TimeSpan.orSeconds)
    var targetTime = TimeSpan(ScalingPolicy().targetTime)

    @Option(help: "Add at most this number of pods at once.")
    var stepUp = ScalingPolicy().stepUp

    @Option(help: "Remove at most this number of waiting pods at once.")
    var stepDown = ScalingPolicy().stepDown

    @Option(help: "Wait this long between two additions of pods (default: 1m).", transform: TimeSpan.orSeconds)
    var coolDown = TimeSpan(ScalingPolicy().coolDown)

    @Option(
        help: ArgumentHelp(
            "Tolerance, as a fraction: the target time may be exceeded by it.",
            discussion: "Fewer pods are created accordingly, and pods are added only if more than this fraction is "
                + "missing."))
    var tolerance = ScalingPolicy().tolerance

    @Option(help: "Add no pods once this number of Jobs has failed.")
    var failureLimit = ScalingPolicy().failureLimit

    /// - Throws: `ScalingPolicyError`, `SettingError`.
    func policy() throws -> ScalingPolicy {
        guard max(targetTime.duration, coolDown.duration) <= .seconds(1e8) else {
            throw SettingError(description: "--target-time and --cool-down must be at most 100,000,000 seconds")
        }
        var policy = ScalingPolicy()
        policy.minimum = minimum
        policy.maximum = maximum
        policy.jobsPerPod = jobsPerPod
        policy.firstPods = firstPods
        policy.targetTime = targetTime.duration
        policy.stepUp = stepUp
        policy.stepDown = stepDown
        policy.coolDown = coolDown.duration
        policy.tolerance = tolerance
        policy.failureLimit = failureLimit
        return try policy.validated()
    }
}

/// The choice between workers for all points and a Job for each point.
struct PerJobOption: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Create a Job for each ready point, at most --maximum at once, instead of workers for all points.",
            discussion: """
                For long runs that deserve a pod each. The template passes point.id to the worker, and the Job carries \
                the point in an annotation. --target-time, --jobs-per-pod, --minimum and other options about the number of \
                pods have no effect.
                """))
    var perJob = false
}

/// The ready points of an exploration.
struct PointSource: Sendable {
    let queues: LeaseQueues
    let queue: QueueName

    /// Creates it; `nil` for an exploration that `reader` does not read.
    init?(_ reader: QueueReportReader, _ entry: QueueReportEntry) {
        guard let source = reader.sources.first(where: { $0.definition.name == entry.exploration }) else { return nil }
        queues = source.queues
        queue = entry.queue
    }

    /// - Throws: `SettingError` if a queue is read that does not contain points waiting for their run.
    static func check(_ reader: QueueReportReader) throws(SettingError) {
        for queue in reader.sources.flatMap(\.names) where queue != RingQueues.main {
            throw SettingError(
                description:
                    "--per-job is for the queue '\(RingQueues.main)', whose points wait for their run, not for "
                    + "the queue '\(queue)'")
        }
    }

    /// Returns `limit` ready jobs from `offset`.
    func ready(offset: Int, limit: Int) async throws -> [ReadyJob] {
        // If every worker has its own point, no other client moves due jobs to the ready ones.
        if offset == 0 { _ = try await queues.lease(0, from: queue) }
        return try await queues.readyJobs(in: queue, offset: offset, limit: limit)
    }
}
