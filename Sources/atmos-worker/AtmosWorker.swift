internal import ArgumentParser
internal import ArtifactStore
internal import Exploration
internal import FoundationEssentials
internal import Health
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import SystemPackage

@main
struct AtmosWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-worker",
        abstract: "Leases points, runs the model on them, and reports.",
        discussion: """
            While the model runs, heartbeats keep the lease. A worker that is killed loses nothing: its point is \
            leased to another within the lease time.

            Exit status: 0 when nothing was ready and nothing leased for --idle-limit seconds, when --max-jobs points \
            were run, or when the exploration is drained, stopped or at its limit; 69 when Redis cannot be reached at \
            the start; 78 for a wrong configuration, a missing model included; 143 after SIGTERM, with the model \
            ended and the lease given back.
            """)

    @OptionGroup var exploration: ExplorationOptions
    @OptionGroup var redis: RedisOptions

    @Option(help: "Leave once nothing was ready and nothing leased in the whole ring for so many seconds.")
    var idleLimit: Int = 30

    @Option(help: "Leave after so many points.")
    var maxJobs: Int?

    @Option(help: "The folder for run directories (default: \(EnvironmentNames.runFolder), else a temporary one).")
    var runFolder: String?

    @Option(
        help: ArgumentHelp(
            "Where runs' files are kept: file:///PATH, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX "
                + "(default: \(EnvironmentNames.artifactsURL), else nowhere).",
            discussion: """
                s3: takes ?endpoint=https://HOST:PORT&region=REGION&path_style=true for MinIO, Ceph and others. \
                Credentials come from where AWS's and Google's own tools look for them: the environment \
                (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS), their files, the \
                container or the machine.
                """))
    var artifactsURL: String?

    @Flag(help: "Keep the run directories of failed attempts.")
    var keepFailedRuns = false

    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard idleLimit >= 0 else { throw ValidationError("--idle-limit must not be negative") }
        guard maxJobs ?? 1 >= 1 else { throw ValidationError("--max-jobs must be at least 1") }
    }

    func run() async throws {
        try await Program.run("atmos-worker", log) { logger in
            let definition = try exploration.definition()
            let model = try await definition.model.makeModel(in: definition)
            let artifacts = try Settings.value(flag: artifactsURL, variable: EnvironmentNames.artifactsURL)
                .map { try ArtifactStores.open(url: $0) }
            let name = ConsumerName(role: "worker")
            let queues = try await redis.queues(of: definition, as: name, logger: logger)
            let pulse = Pulse("leases and queue", limit: max(.seconds(60), definition.policy.leaseTime * 3))
            let probes = try await health.services(Health(of: pulse, queues: queues), logger: logger)
            let worker = Worker(
                definition: definition, model: model, artifacts: artifacts, queues: queues, name: name,
                settings: try settings(), logger: logger, pulse: pulse)
            try await Program.serve([worker] + probes, logger: logger)
            await model.close()
            await queues.close()
            logger.info("worker left", metadata: ["because": "\(worker.end)"])
            return worker.end == .terminated ? .terminated : .success
        }
    }

    private func settings() throws -> Worker.Settings {
        let folder =
            try Settings.value(flag: runFolder, variable: EnvironmentNames.runFolder)
            ?? FilePath(FileManager.default.temporaryDirectory.path).appending("atmos-runs").string
        var settings = Worker.Settings(runFolder: FilePath(folder))
        settings.idleLimit = .seconds(idleLimit)
        settings.maximumJobs = maxJobs
        settings.keepsFailedRuns = keepFailedRuns
        return settings
    }
}
