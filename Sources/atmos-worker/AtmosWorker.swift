internal import ArgumentParser
internal import ArtifactStore
internal import CommandLineKit
internal import ExplorationFile
internal import FoundationEssentials
internal import Health
internal import LeaseQueue
internal import Logging
internal import ModelRunner
internal import Pipeline
internal import Support
internal import SystemPackage

@main
struct AtmosWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-worker",
        abstract: "Leases points, runs the model on them, and reports.",
        discussion: """
            While the model runs, heartbeats keep the lease. A worker that is killed loses nothing: its point is \
            leased to another within the lease time.

            One model runs at a time. Where files of runs are kept, and more points wait than are being run, a second \
            point is leased ahead: its files are fetched, and those of the last run kept, while the model runs.

            Of several explorations, on the same Redis, those that have points get shares of the worker's time in \
            proportion to their 'weight'; it leaves once all of them are done, drained or stopped.

              atmos-worker earth.yaml mars.yaml --artifacts-url 's3://bucket/{exploration}'

            For one point and no other, as the Jobs of 'atmos-scaler --per-job' have it:
              atmos-worker earth.yaml --point HASH

            Exit status: 0 when nothing was ready and nothing leased for --idle-limit seconds, when --max-jobs points \
            were run, when the point of --point was run, is done or is somebody else's, or when the exploration is drained, stopped or at its limit; 69 when Redis cannot be reached at \
            the start; 78 for a wrong configuration, a missing model included; 143 after SIGTERM, with the model \
            ended and the lease given back.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var explorations: ExplorationsOptions
    @OptionGroup var redis: RedisOptions

    @Option(help: "Leave once nothing was ready and nothing leased in the whole ring for so many seconds.")
    var idleLimit: Int = 30

    @Option(help: "Leave after so many points.")
    var maxJobs: Int?

    @Option(
        help: ArgumentHelp(
            "Run this point only, and leave (default: \(EnvironmentNames.point), else whatever is ready).",
            discussion: "Where it is not ready, because it is done or somebody else runs it, there is nothing to do.",
            valueName: "hash"))
    var point: String?

    @Option(help: "The folder for run directories (default: \(EnvironmentNames.runFolder), else a temporary one).")
    var runFolder: String?

    @Option(
        help: ArgumentHelp(
            "Where runs' files are kept: file:///PATH, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX "
                + "(default: \(EnvironmentNames.artifactsURL), else nowhere).",
            discussion: """
                s3: takes ?endpoint=https://HOST:PORT&region=REGION&path_style=true for MinIO, Ceph and others. \
                {exploration} stands for the exploration's name. Credentials come from where AWS's and Google's own tools \
                look for them: the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS), their files, the \
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
            let definitions = try explorations.definitions()
            let name = ConsumerName(role: "worker")
            let settings = try settings(explorations: definitions.count)
            var queues: [LeaseQueues] = []
            var sources: [WorkSource] = []
            var models: [any Model] = []
            for definition in definitions {
                let model = try await definition.model.makeModel(in: definition)
                models.append(model)
                let artifacts = try artifacts(of: definition, isOnlyOne: definitions.count == 1)
                queues.append(try await redis.queues(of: definition, as: name, logger: logger))
                sources.append(
                    WorkSource(
                        definition: definition, model: model, artifacts: artifacts, queues: queues.last!, name: name,
                        settings: settings, logger: logger))
            }
            let patience = definitions.map(\.policy.leaseTime).max()! * 3
            let heartbeat = Heartbeat("leases and queue", limit: max(.seconds(60), patience))
            let probes = try await health.services(Health(of: heartbeat, queues: queues[0]), logger: logger)
            let worker = Worker(sources: sources, settings: settings, logger: logger, heartbeat: heartbeat)
            try await Program.serve([worker] + probes, logger: logger)
            for model in models { await model.close() }
            for queues in queues { await queues.close() }
            logger.info("worker left", metadata: ["because": "\(worker.end)"])
            return worker.end == .terminated ? .terminated : .success
        }
    }

    /// Where the files of an exploration's runs are kept; two explorations may have points in common, but no files.
    private func artifacts(of definition: ExplorationDefinition, isOnlyOne: Bool) throws -> (any ArtifactStore)? {
        let name = "{exploration}"
        guard let url = try Settings.value(flag: artifactsURL, variable: EnvironmentNames.artifactsURL) else {
            return nil
        }
        guard isOnlyOne || url.contains(name) else {
            throw SettingError(
                description:
                    "the artifacts of several explorations must be kept apart; write \(name), which stands for "
                    + "the exploration's name, into the URL")
        }
        return try ArtifactStores.open(url: url.replacing(name, with: definition.name))
    }

    private func settings(explorations: Int) throws -> Worker.Settings {
        let folder =
            try Settings.value(flag: runFolder, variable: EnvironmentNames.runFolder)
            ?? FilePath(FileManager.default.temporaryDirectory.path).appending("atmos-runs").string
        var settings = Worker.Settings(runFolder: FilePath(folder))
        settings.idleLimit = .seconds(idleLimit)
        settings.maximumJobs = maxJobs
        settings.keepsFailedRuns = keepFailedRuns
        if let point = try Settings.value(flag: point, variable: EnvironmentNames.point) {
            guard maxJobs == nil, explorations == 1 else {
                throw SettingError(description: "--point is for one exploration, and goes not with --max-jobs")
            }
            try settings.runOnly(point)
        }
        return settings
    }
}
