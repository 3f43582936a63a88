internal import ArgumentParser
internal import CommandLineKit
internal import FoundationEssentials
internal import KubernetesClient
internal import Logging
internal import Scaler
internal import Support
internal import SystemPackage

@main
struct ScalerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "atmos-scaler",
        abstract: "Report on queues, and create workers for them on Kubernetes.",
        discussion: """
            Report on all queues, with the machines that could run the model:
              atmos-scaler report earth.yaml --queue '.*' --nodes nodes.yaml

            Render workers for the queued work, without asking the cluster:
              atmos-scaler render earth.yaml --job-template workers.yaml

            Create them in the cluster: as a trial, once, or repeatedly until SIGTERM:
              atmos-scaler apply earth.yaml --job-template workers.yaml --dry-run
              atmos-scaler apply earth.yaml --job-template workers.yaml
              atmos-scaler run earth.yaml --job-template workers.yaml

            Serve counts for KEDA and others, as JSON over HTTP, until SIGTERM:
              atmos-scaler serve earth.yaml --port 8090

            For long runs that deserve a pod each, --per-job creates a Job for each point. The folder config/ has \
            explorations, a template and a table of machines.

            Exit status: 0 on success; 64 for a wrong command line; 69 if Redis or the cluster cannot be reached; 78 for \
            a wrong configuration or template, or if the cluster refuses it; 143 after SIGTERM.
            """,
        version: SoftwareVersion.current,
        subcommands: [
            ReportCommand.self, RenderCommand.self, ApplyCommand.self, RunCommand.self, ServeCommand.self,
        ])

    /// The flags of earlier releases, in the order of their precedence.
    static let oldCommandLine = OldCommandLine(
        [
            .init("--watch", "run", ignored: ["--apply", "--live"]),
            .init("--serve", "serve", isOption: true, ignored: ["--apply", "--live", "--report"]),
            .init("--apply", "apply", ignored: ["--live"]),
            .init("--job-template", "render", isOption: true),
            .init("--report", "report"),
        ], renamed: ["--every": "--interval", "--serve": "--port"])

    /// The flags that earlier releases also read from the environment, `--max-cost` from `MAX_COST`.
    private static let oldVariables = [
        "queue", "nodes", "max-cost", "run-time", "report", "job-template", "values", "namespace", "minimum", "maximum",
        "jobs-per-pod", "first-pods", "target-time", "step-up", "step-down", "cool-down", "tolerance", "failure-limit",
        "per-job", "requeue-failed", "apply", "watch", "live", "dry-run", "every", "deployment", "lease",
        "keep-completed", "keep-failed", "context", "insecure-skip-tls-verify", "serve",
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if !oldCommandLine.hasSubcommand(arguments) { try refuseOldVariables(arguments) }
            await main(ApplyCommand.completed(oldCommandLine.translated(arguments)))
        } catch {
            exit(withError: ExitCode(Program.explain(error, by: "atmos-scaler").rawValue))
        }
    }

    /// Refuses an old command line that relies on environment variables, rather than ignore them.
    private static func refuseOldVariables(_ arguments: [String]) throws(SettingError) {
        let environment = ProcessInfo.processInfo.environment
        let given = Set(arguments.map { String($0.prefix { $0 != "=" }) })
        for flag in oldVariables where !given.contains("--\(flag)") {
            let variable = flag.uppercased().replacing("-", with: "_")
            for name in [variable, "\(variable)_FILE"] where !(environment[name] ?? "").isEmpty {
                throw SettingError(
                    description:
                        "\(name) is set, but flags are not read from the environment any more; use a subcommand "
                        + "(report, render, apply, run, serve) with --\(flag), in a container "
                        + "args: [\"--\(flag)=$(\(variable))\"]")
            }
        }
    }

    func run() async throws {
        throw ValidationError("missing subcommand: one of report, render, apply, run, serve")
    }
}

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print the state of each queue as a JSON array.")

    @OptionGroup var queues: QueueOptions
    @OptionGroup var live: LiveOptions
    /// Without effect, but accepted and checked as in earlier releases.
    @OptionGroup(visibility: .hidden) var policy: PolicyOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            _ = try policy.policy()
            return try await queues.withReader(logger: logger) { reader in
                let entries = try await live.counted(try await reader.read(), logger: logger)
                write(try QueueReportEntry.json(entries))
                return .success
            }
        }
    }
}

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Print the Kubernetes objects that the queued work needs.")

    @OptionGroup var queues: QueueOptions
    @OptionGroup var template: TemplateOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var points: PerJobOption
    @OptionGroup var live: LiveOptions
    @OptionGroup var log: LogOptions

    @Flag(help: ArgumentHelp("Print the report first.", visibility: .hidden))
    var report = false

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            let renderer = try template.renderer(policy.policy(), namespace: live.cluster.namespace)
            return try await queues.withReader(logger: logger) { reader in
                if points.perJob { try PointSource.check(reader) }
                let entries = try await live.counted(try await reader.read(), logger: logger)
                if report { write(try QueueReportEntry.json(entries)) }
                try await renderer.print(entries, of: reader, perJob: points.perJob)
                return .success
            }
        }
    }
}

extension WorkerRenderer {
    /// Prints the objects that the queues need now, and the decisions on standard error.
    func print(_ entries: [QueueReportEntry], of reader: QueueReportReader, perJob: Bool) async throws {
        for entry in entries {
            let name = "\(entry.exploration) \(entry.queue)"
            if perJob, let source = PointSource(reader, entry) {
                let plan = try await PointPlan.make(for: entry, policy: policy, ready: source.ready)
                StandardError.write("\(name): \(plan.reason)\n")
                for point in plan.points { write(try plan.render(point) { try render($0, for: entry, point: point) }) }
            } else {
                let decision = entry.decision(policy)
                StandardError.write("\(name): \(decision.pods) pods to add: \(decision.reason)\n")
                if decision.pods > 0 { write(try render(decision, for: entry)) }
            }
        }
    }
}

private func write(_ manifests: [Manifest]) {
    for manifest in manifests { write("---\n" + manifest.yaml) }
}

/// Writes text to standard output. A reader that has closed its end is not an error.
func write(_ text: String) {
    _ = try? FileDescriptor.standardOutput.writeAll(text.utf8)
}
