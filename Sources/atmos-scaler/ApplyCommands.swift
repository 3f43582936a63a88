internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import Health
internal import KubernetesClient
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import RunLedger
internal import Scaler
internal import ServiceLifecycle
internal import Support
internal import Synchronization

/// The options for creating workers in a cluster.
struct ScalingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Make this Deployment, which the scaler runs as, the owner of created objects, and post events on it.",
            discussion: "With the annotation atmos-explorer.io/suspended: \"true\" on it, the scaler creates nothing."))
    var deployment: String?

    @Option(help: "Keep completed Jobs this long (default: 10m).", transform: TimeSpan.orSeconds)
    var keepCompleted = TimeSpan(JobRetention().completed)

    @Option(help: "Keep failed Jobs this long (default: 1d).", transform: TimeSpan.orSeconds)
    var keepFailed = TimeSpan(JobRetention().failed)

    @OptionGroup var cluster: ClusterOptions

    var retention: JobRetention { JobRetention(completed: keepCompleted.duration, failed: keepFailed.duration) }
}

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Create the missing workers in the cluster once.")

    /// The extent of a trial.
    enum DryRun: String, ExpressibleByArgument, CaseIterable {
        /// The server checks everything and stores nothing.
        case server
        /// The objects are printed, and no request is sent.
        case client
    }

    @Option(
        help: ArgumentHelp(
            "Only try: with 'server' the cluster checks everything and stores nothing, with 'client' the objects are "
                + "printed.",
            discussion: "--dry-run alone means 'server'."))
    var dryRun: DryRun?

    @Flag(
        help: ArgumentHelp(
            "With --per-job: queue the points of failed Jobs again if no queue holds them, and delete those Jobs.",
            discussion: """
                Points that have a verdict in the ledger (--mariadb-url) are left out, and so are dead letters: see \
                'atmos dead retry'. Only for 'apply', since a failure recurs until its cause is fixed.
                """))
    var requeueFailed = false

    @OptionGroup var queues: QueueOptions
    @OptionGroup var template: TemplateOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var points: PerJobOption
    @OptionGroup var scaling: ScalingOptions
    @OptionGroup var log: LogOptions

    @Flag(help: ArgumentHelp("Print the report first.", visibility: .hidden))
    var report = false

    /// Returns arguments in which `--dry-run` alone means `--dry-run=server`, as with kubectl.
    static func completed(_ arguments: [String]) -> [String] {
        arguments.map { $0 == "--dry-run" ? "--dry-run=\(DryRun.server.rawValue)" : $0 }
    }

    func validate() throws {
        if requeueFailed, !points.perJob || dryRun != nil {
            throw ValidationError("--requeue-failed needs --per-job, and cannot be combined with --dry-run")
        }
    }

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            let renderer = try template.renderer(policy.policy(), namespace: scaling.cluster.namespace)
            return try await queues.withReader(logger: logger) { reader in
                if points.perJob { try PointSource.check(reader) }
                if dryRun == .client {
                    let entries = try await reader.read()
                    if report { write(try QueueReportEntry.json(entries)) }
                    try await renderer.print(entries, of: reader, perJob: points.perJob)
                } else {
                    try await withRequeue(reader, logger) { try await apply(reader, renderer, $0, logger) }
                }
                return .success
            }
        }
    }

    private func apply(
        _ reader: QueueReportReader, _ renderer: WorkerRenderer, _ requeue: RequeueHandler?, _ logger: Logger
    ) async throws {
        if report {
            let entries = try await scaling.cluster.counted(try await reader.read(), logger: logger)
            write(try QueueReportEntry.json(entries))
        }
        let rounds = ScalerRounds(
            options: scaling, reader: reader, renderer: renderer, perJob: points.perJob, requeue: requeue,
            isDryRun: dryRun == .server, client: try scaling.cluster.client(logger: logger),
            instance: ConsumerName(role: "scaler").description, logger: logger)
        try await rounds.rounds { round, entry in
            for line in ScalerRounds.lines(round, of: entry) { StandardError.write("\(line)\n") }
        }
    }

    /// Connects to the ledger while `body` runs, if points of failed Jobs are to be queued again.
    private func withRequeue(
        _ reader: QueueReportReader, _ logger: Logger, _ body: (RequeueHandler?) async throws -> Void
    ) async throws {
        guard requeueFailed else { return try await body(nil) }
        try await RunLedger.withConnection(queues.ledger.configuration(), logger: logger) { ledger in
            try await body { exploration, points in
                guard let source = reader.sources.first(where: { $0.definition.name == exploration }) else { return [] }
                let jobs = points.map { Job(id: $0.id, payload: Array($0.payload.utf8), priority: $0.priority) }
                let ring = Ring(
                    definition: source.definition, queues: source.queues, ledger: ledger, logger: logger)
                return try await PointRequeuer(ring).requeue(jobs)
            }
        }
    }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Create missing workers in the cluster repeatedly, until SIGTERM.",
        discussion: "Several scalers may run: one leads, by a Lease object, and another takes over when it ends.")

    @Option(help: "Wait this long between two rounds (default: 15s).", transform: TimeSpan.orSeconds)
    var interval = TimeSpan(.seconds(15))

    @Option(help: "Lead by this Lease.")
    var lease = Labels.scaler

    @OptionGroup var queues: QueueOptions
    @OptionGroup var template: TemplateOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var points: PerJobOption
    @OptionGroup var scaling: ScalingOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (.seconds(1) ... .seconds(3600)).contains(interval.duration) else {
            throw ValidationError("--interval must be 1s to 1h")
        }
    }

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            let renderer = try template.renderer(policy.policy(), namespace: scaling.cluster.namespace)
            return try await queues.withReader(logger: logger) { reader in
                if points.perJob { try PointSource.check(reader) }
                let rounds = ScalerRounds(
                    options: scaling, reader: reader, renderer: renderer, perJob: points.perJob,
                    client: try scaling.cluster.client(logger: logger),
                    instance: ConsumerName(role: "scaler").description, logger: logger)
                let controller = ScalerController(rounds, interval: interval.duration, lease: lease, logger: logger)
                let probes = try await health.services(
                    Health(
                        heartbeats: [controller.heartbeat],
                        checks: [
                            .init("Redis") { _ = try await reader.read() },
                            .init("Kubernetes") { _ = try await rounds.client.version() },
                        ]), help: ScalerMetrics.help, logger: logger)
                try await Program.serve([controller] + probes, logger: logger)
                return .terminated
            }
        }
    }
}

/// Does a round at an interval for as long as it leads. It is healthy while rounds succeed.
final class ScalerController: Service {
    private let rounds: ScalerRounds
    private let interval: Duration
    private let lease: String
    private let logger: Logger
    /// Beats with every round, or while another scaler leads, with every look at the Lease.
    let heartbeat: Heartbeat
    /// The lines that were logged last for each queue: unchanged lines are not repeated.
    private let lastLines = Mutex<[String: [String]]>([:])

    init(_ rounds: ScalerRounds, interval: Duration, lease: String, logger: Logger) {
        self.rounds = rounds
        self.interval = interval
        self.lease = lease
        self.logger = logger
        // As long as the other roles, so that all survive the same outages.
        heartbeat = Heartbeat("rounds", limit: max(RoleLoop.livenessLimit, interval * 4))
    }

    func run() async throws {
        let namespace = rounds.renderer.namespace
        let election = LeaderElection(
            client: rounds.client, namespace: namespace, name: lease, identity: rounds.instance, logger: logger,
            whileWaiting: heartbeat.beat)
        let loop = ScalerLoop(election: election, interval: interval, logger: logger)
        let acknowledger = rounds.options.deployment.map { deployment in
            SuspensionAcknowledger(
                client: rounds.client, namespace: namespace, deployment: deployment, lease: lease,
                identity: rounds.instance, logger: logger)
        }
        do {
            try await cancelWhenGracefulShutdown {
                try await loop.run {
                    try await acknowledger?.acknowledge()
                    try await self.rounds.rounds(report: self.report)
                    self.heartbeat.beat()
                }
            }
        } catch is CancellationError {}
    }

    private func report(_ round: ScalerRound, _ entry: QueueReportEntry) {
        let key = "\(entry.exploration) \(entry.queue)"
        let lines = ScalerRounds.lines(round, of: entry)
        let new = lastLines.withLock { lastLines in
            defer { lastLines[key] = lines }
            return lines.filter { !(lastLines[key] ?? []).contains($0) }
        }
        let hasProblems = !round.warnings.isEmpty || !round.live.problems.isEmpty
        for line in new {
            logger.log(
                level: hasProblems ? .warning : .notice, "round",
                metadata: [
                    "exploration": "\(entry.exploration)", "queue": "\(entry.queue)", "result": "\(line)",
                ])
        }
    }
}
