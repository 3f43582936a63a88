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
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-worker",
        abstract: "Lease points, run the model on them, and report the results.",
        discussion: """
            While the model runs, heartbeats keep the lease. A worker that is killed loses nothing: its point is \
            leased to another worker within the lease time.

            One model runs at a time. If files of runs are kept, and more points are ready than are being run, the \
            worker leases a second point in advance: its files are fetched, and those of the last run stored, while \
            the model runs.

            Several explorations on the same Redis share the worker's time in proportion to their 'weight'. The worker \
            leaves once all of them are finished, drained or stopped.

              atmos-worker earth.yaml mars.yaml --artifacts-url 's3://bucket/{exploration}'

            For exactly one point, as the Jobs of 'atmos-scaler --per-job' use it:
              atmos-worker earth.yaml --point HASH

            Exit status: 0 if the ring was empty for --idle-limit, if --max-jobs points were run, if the point of \
            --point was run, is done or has another worker, or if the exploration is drained, stopped or at its limit; \
            69 if Redis cannot be reached at the start; 71 if this machine cannot run points, for example because its disk \
            is full, which has cost no point an attempt; 78 for a wrong configuration, including a missing model; 143 after \
            SIGTERM, with the model stopped and the lease given back.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var explorations: ExplorationFilesArgument
    @OptionGroup var redis: RedisOptions

    @Option(
        help: ArgumentHelp(
            "Leave once nothing was ready or leased in the whole ring for this long.", valueName: "time"),
        transform: TimeSpan.orSeconds)
    var idleLimit = TimeSpan(.seconds(30))

    @Option(help: ArgumentHelp("Leave after N points.", valueName: "n"))
    var maxJobs: Int?

    @Option(
        help: ArgumentHelp(
            "Run only this point, and leave (default: \(EnvironmentNames.point), else any point that is ready).",
            discussion: "If the point is not ready, because it is done or has another worker, there is nothing to do.",
            valueName: "hash"))
    var point: String?

    @Option(
        help: ArgumentHelp(
            "Create run directories in this folder (default: \(EnvironmentNames.runFolder), else a temporary one).",
            valueName: "folder"))
    var runFolder: String?

    @Option(
        help: ArgumentHelp(
            "Keep runs' files in file:///PATH, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX "
                + "(default: \(EnvironmentNames.artifactsURL), else nowhere).",
            discussion: """
                s3: takes ?endpoint=https://HOST:PORT&region=REGION&path_style=true for MinIO, Ceph and others. \
                {exploration} is replaced by the exploration's name. Credentials come from the places where AWS's and \
                Google's own tools look: the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                GOOGLE_APPLICATION_CREDENTIALS), their files, the container or the machine.
                """, valueName: "url"))
    var artifactsURL: String?

    @Option(
        help: ArgumentHelp(
            "After SIGTERM, take up to this long to store the files of a run that has ended and to report its result.",
            valueName: "time"), transform: TimeSpan.orSeconds)
    var grace = TimeSpan(.seconds(8))

    @Flag(help: "Keep the run directories of failed attempts.")
    var keepFailedRuns = false

    @Flag(help: "Run points although the exploration's other workers run another build of the model.")
    var acceptModelChange = false

    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard maxJobs ?? 1 >= 1 else { throw ValidationError("--max-jobs must be at least 1") }
    }

    func run() async throws {
        try await Program.run("atmos-worker", log) { logger in
            let definitions = try explorations.definitions()
            let settings = try settings(explorations: definitions.count)
            let end = try await withConnections { connections in
                let name = ConsumerName(role: "worker")
                var sources: [WorkSource] = []
                var queues: [LeaseQueues] = []
                let artifactStatus = OutageStatus()
                for definition in definitions {
                    let model = connections.closeAtEnd(
                        OpenModel(model: try await definition.model.makeModel(in: definition))
                    ).model
                    let artifacts = try artifacts(of: definition, isOnlyOne: definitions.count == 1)
                    queues.append(
                        try await connections.queues(
                            of: definition, at: redis.configuration(), as: name, logger: logger))
                    try await ModelBuild(of: model).register(
                        in: queues.last!, of: definition.name, accepts: acceptModelChange,
                        flag: "--accept-model-change")
                    sources.append(
                        WorkSource(
                            definition: definition, model: model, artifacts: artifacts, queues: queues.last!,
                            name: name, settings: settings, artifactStatus: artifactStatus, logger: logger))
                }
                let silence = definitions.map(\.policy.leaseTime).max()! * 3
                let heartbeat = Heartbeat("leases and queue", limit: max(.seconds(60), silence))
                let probes = try await health.services(
                    Health(of: heartbeat, queues: queues[0], others: [artifactStatus.check("artifact store")]),
                    logger: logger)
                let worker = Worker(sources: sources, settings: settings, logger: logger, heartbeat: heartbeat)
                try await Program.serve([worker] + probes, logger: logger)
                return worker.end
            }
            logger.info("worker left", metadata: ["end": "\(end)"])
            return end == .terminated ? .terminated : .success
        }
    }

    /// Opens the store for the files of an exploration's runs. Two explorations may have points in common, but no
    /// files.
    private func artifacts(of definition: ExplorationDefinition, isOnlyOne: Bool) throws -> (any ArtifactStore)? {
        let name = "{exploration}"
        guard let url = try EnvironmentSetting.value(flag: artifactsURL, variable: EnvironmentNames.artifactsURL) else {
            return nil
        }
        guard isOnlyOne || url.contains(name) else {
            throw SettingError(
                description: "the artifacts of several explorations must be kept apart; put \(name), which is replaced "
                    + "by the exploration's name, into the URL")
        }
        return try ArtifactStores.open(url: url.replacing(name, with: definition.name))
    }

    private func settings(explorations: Int) throws -> Worker.Settings {
        let folder =
            try EnvironmentSetting.value(flag: runFolder, variable: EnvironmentNames.runFolder)
            ?? FilePath(FileManager.default.temporaryDirectory.path).appending("atmos-runs").string
        var settings = Worker.Settings(runFolder: FilePath(folder))
        settings.idleLimit = idleLimit.duration
        settings.maximumJobs = maxJobs
        settings.keepsFailedRuns = keepFailedRuns
        settings.grace = grace.duration
        if let point = try EnvironmentSetting.value(flag: point, variable: EnvironmentNames.point) {
            guard maxJobs == nil, explorations == 1 else {
                throw SettingError(
                    description: "--point needs exactly one exploration and cannot be combined with --max-jobs")
            }
            try settings.runOnly(point)
        }
        return settings
    }
}

/// A model that is closed with the connections.
private struct OpenModel: Closable {
    let model: any Model

    func close() async { await model.close() }
}
