internal import ArgumentParser
internal import CommandLineKit
internal import FoundationEssentials
internal import Health
internal import KubernetesClient
internal import LeaseQueue
internal import Logging
internal import Pipeline
internal import Scaler
internal import Support

@main
struct AtmosScaler: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-scaler",
        abstract: "Reports on queues, and makes workers for them on Kubernetes.",
        discussion: """
            What is there, as JSON, with the machines that could run it for at most 2 an hour:
              atmos-scaler config/explorations/earth.yaml --report --queue '.*' \\
                --nodes config/scaler/nodes.yaml --max-cost 2

            Workers for what is there, without asking the cluster:
              atmos-scaler config/explorations/earth.yaml --job-template config/scaler/workers.yaml | kubectl apply -f -

            The same in the cluster itself, once, tried before, and as a controller that goes on until SIGTERM:
              atmos-scaler config/explorations/earth.yaml --job-template config/scaler/workers.yaml --apply --dry-run
              atmos-scaler config/explorations/earth.yaml --job-template config/scaler/workers.yaml --apply
              atmos-scaler config/explorations/earth.yaml --job-template config/scaler/workers.yaml --watch \
                --deployment atmos-scaler --health-port 8080

            A Job for each point, for runs that are so long that each deserves a pod; and the points of failed Jobs again:
              atmos-scaler config/explorations/earth.yaml --job-template config/scaler/workers.yaml --per-job --watch
              atmos-scaler config/explorations/earth.yaml --job-template config/scaler/workers.yaml --per-job --apply \
                --requeue-failed

            Counts for KEDA and others, as JSON over HTTP, until SIGTERM:
              atmos-scaler config/explorations/earth.yaml --serve 8090

            Every flag can be given by the environment instead: JOB_TEMPLATE stands for --job-template, REPORT=true for \
            --report, and JOB_TEMPLATE_FILE names a file that holds the value.

            Exit status: 0 when all was done; 64 for a wrong command line; 69 when Redis or the \
            cluster cannot be reached; 78 for a wrong configuration or template, or where the cluster refuses it; 143 after SIGTERM.
            """,
        version: SoftwareVersion.current)

    @OptionGroup var work: WorkOptions

    @Flag(help: "Print a JSON array with what is to be known of each queue.")
    var report = false

    @OptionGroup var template: TemplateOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var points: PointOptions
    @OptionGroup var applying: ApplyOptions
    @OptionGroup var serving: ServeOptions
    @OptionGroup var health: HealthOptions
    @OptionGroup var log: LogOptions

    static func main() async {
        do {
            let arguments = try EnvironmentFlags(help: helpMessage(columns: 1000)).completed(
                ApplyOptions.completed(Array(CommandLine.arguments.dropFirst())),
                environment: ProcessInfo.processInfo.environment)
            await main(arguments)
        } catch {
            exit(withError: ExitCode(Program.explain(error, by: "atmos-scaler").rawValue))
        }
    }

    func validate() throws {
        guard report || template.jobTemplate != nil || serving.serve != nil else {
            throw ValidationError("nothing to do: give --report, --job-template or --serve")
        }
        if applying.apply || applying.watch, template.jobTemplate == nil {
            throw ValidationError("--apply and --watch need --job-template, which says what a worker is made of")
        }
        if points.perJob, template.jobTemplate == nil {
            throw ValidationError("--per-job needs --job-template, which says what a Job is made of")
        }
        if points.requeueFailed, !points.perJob || !applying.apply || applying.watch || applying.dryRun != nil {
            throw ValidationError(
                "--requeue-failed goes with --per-job and --apply, and with neither --watch nor --dry-run")
        }
        if applying.watch, report || serving.serve != nil {
            throw ValidationError("--watch goes neither with --report nor with --serve")
        }
    }

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            let policy = try policy.policy()
            let renderer = try template.renderer(policy)
            return try await work.withReader(logger: logger) { reader in
                if points.perJob { try PointSource.check(reader) }
                if let port = serving.serve {
                    return try await WorkServer(reader: reader, policy: policy, port: port)
                        .serve(health: health, logger: logger)
                }
                if let renderer, applying.asksCluster {
                    return try await withPutBack(reader, logger) { try await apply(reader, renderer, $0, logger) }
                }
                let queues = try await counted(try await reader.read(), logger)
                if report { StandardOutput.write(try QueueWork.json(queues)) }
                if let renderer {
                    for work in queues { try await render(work, of: reader, with: renderer) }
                }
                return .success
            }
        }
    }

    /// Makes what is lacking in the cluster, once or for as long as nobody ends it.
    private func apply(
        _ reader: WorkReader, _ renderer: WorkerRenderer, _ putBack: PutBack?, _ logger: Logger
    ) async throws -> ExitStatus {
        let name = ConsumerName(role: "scaler")
        let command = ApplyCommand(
            options: applying, reader: reader, renderer: renderer, perJob: points.perJob, putBack: putBack,
            client: try applying.cluster.client(logger: logger), instance: name.description, logger: logger)
        guard applying.watch else {
            if report { StandardOutput.write(try QueueWork.json(try await counted(try await reader.read(), logger))) }
            try await command.rounds { round, work in
                for line in ApplyCommand.lines(round, of: work) { StandardError.write("\(line)\n") }
            }
            return .success
        }
        let heartbeat = ScalerController.heartbeat(every: applying.every)
        let probes = try await health.services(
            Health(
                heartbeats: [heartbeat],
                checks: [
                    .init("Redis") { _ = try await reader.read() },
                    .init("Kubernetes") { _ = try await command.client.version() },
                ]), logger: logger)
        try await Program.serve(
            [ScalerController(command, heartbeat: heartbeat, logger: logger)] + probes, logger: logger)
        return .terminated
    }

    /// The work with the workers that the cluster has for it, where that is asked for.
    private func counted(_ queues: [QueueWork], _ logger: Logger) async throws -> [QueueWork] {
        guard applying.live || applying.asksCluster else { return queues }
        let client = try applying.cluster.client(logger: logger)
        var counted = queues
        for index in counted.indices {
            counted[index].live = try await client.liveWorkers(
                WorkerGroup(
                    exploration: counted[index].exploration, queue: counted[index].queue.rawValue,
                    namespace: template.namespace))
        }
        return counted
    }

    /// Writes the resources that a queue's work asks for now.
    private func render(_ work: QueueWork, of reader: WorkReader, with renderer: WorkerRenderer) async throws {
        let name = "\(work.exploration) \(work.queue)"
        if points.perJob, let source = PointSource(reader, work) {
            let plan = try await PointPlan.make(for: work, policy: renderer.policy, ready: source.ready)
            StandardError.write("\(name): \(plan.reason)\n")
            for point in plan.points {
                write(try plan.render(point) { try renderer.render($0, for: work, point: point) })
            }
            return
        }
        let decision = work.decision(renderer.policy)
        StandardError.write("\(name): \(decision.pods) pods to add: \(decision.reason)\n")
        guard decision.pods > 0 else { return }
        write(try renderer.render(decision, for: work))
    }

    private func write(_ manifests: [Manifest]) {
        for manifest in manifests { StandardOutput.write("---\n" + manifest.yaml) }
    }
}
