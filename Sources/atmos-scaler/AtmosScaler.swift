internal import ArgumentParser
internal import Exploration
internal import FoundationEssentials
internal import Kubernetes
internal import LeaseQueue
internal import Logging

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

            Counts for KEDA and others, as JSON over HTTP, until SIGTERM:
              atmos-scaler config/explorations/earth.yaml --serve 8090

            Every flag can be given by the environment instead: JOB_TEMPLATE stands for --job-template, REPORT=true for \
            --report, and JOB_TEMPLATE_FILE names a file that holds the value.

            Exit status: 0 when all was done; 64 for a wrong command line; 69 when Redis cannot be reached; 78 for a \
            wrong configuration or template; 143 after SIGTERM.
            """)

    @OptionGroup var work: WorkOptions

    @Flag(help: "Print a JSON array with what is to be known of each queue.")
    var report = false

    @OptionGroup var template: TemplateOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var serving: ServeOptions
    @OptionGroup var log: LogOptions

    static func main() async {
        do {
            let arguments = try EnvironmentFlags.completed(
                Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
            await main(arguments)
        } catch {
            exit(withError: ExitCode(Program.explain(error, by: "atmos-scaler").rawValue))
        }
    }

    func validate() throws {
        guard report || template.jobTemplate != nil || serving.serve != nil else {
            throw ValidationError("nothing to do: give --report, --job-template or --serve")
        }
    }

    func run() async throws {
        try await Program.run("atmos-scaler", log, defaultLevel: .warning) { logger in
            let policy = try policy.policy()
            let renderer = try template.renderer(policy)
            return try await work.withReader(logger: logger) { reader in
                if let port = serving.serve {
                    return try await WorkServer(reader: reader, policy: policy, port: port).serve(logger: logger)
                }
                let queues = try await reader.read()
                if report { StandardOutput.write(try QueueWork.json(queues)) }
                if let renderer {
                    for work in queues { try render(work, with: renderer) }
                }
                return .success
            }
        }
    }

    /// Writes the resources that a queue's work asks for now.
    private func render(_ work: QueueWork, with renderer: WorkerRenderer) throws {
        let decision = work.decision(renderer.policy)
        StandardError.write(
            "\(work.exploration) \(work.queue): \(decision.pods) pods to add: \(decision.reason)\n")
        guard decision.pods > 0 else { return }
        for manifest in try renderer.render(decision, for: work) { StandardOutput.write("---\n" + manifest.yaml) }
    }
}
