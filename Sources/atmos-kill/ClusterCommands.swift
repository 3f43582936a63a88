internal import ArgumentParser
internal import CommandLineKit
internal import ExplorationFile
internal import KubernetesClient
internal import Logging
internal import Scaler
internal import Support

struct DeleteJobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-jobs",
        abstract: "Delete the exploration's worker Jobs on Kubernetes, and wait until no pod is left.",
        discussion: """
            The scaler is suspended first, so that it creates no new Jobs; 'atmos-kill resume-scaler' resumes it. To stop \
            workers gracefully before, use 'atmos-kill drain --delete-jobs'.
            """)

    @OptionGroup var options: KillOptions
    @OptionGroup var deletion: GraceOption
    @OptionGroup var scaler: ScalerOptions

    func run() async throws {
        try await options.run { definition, logger in
            try await scaler.deleteJobs(of: definition, grace: deletion.grace, logger: logger)
        }
    }
}

struct ResumeScalerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume-scaler", abstract: "Let a suspended scaler create workers again.")

    @OptionGroup var options: KillOptions
    @OptionGroup var scaler: ScalerOptions

    func run() async throws {
        try await options.run { definition, logger in try await scaler.resume(for: definition, logger: logger) }
    }
}

/// The time that pods have to end.
struct GraceOption: ParsableArguments {
    @Option(help: "Give pods this time to end (default: each pod's setting).", transform: TimeSpan.orSeconds)
    var grace: TimeSpan?
}

/// The deletion of Jobs as the second step of another subcommand.
struct JobDeletionOptions: ParsableArguments {
    @Flag(help: "Then delete the worker Jobs on Kubernetes, as 'atmos-kill delete-jobs' does.")
    var deleteJobs = false

    @OptionGroup var deletion: GraceOption
    @OptionGroup var scaler: ScalerOptions

    func validate() throws {
        if deletion.grace != nil, !deleteJobs { throw ValidationError("--grace needs --delete-jobs") }
    }

    func deleteIfWanted(of definition: ExplorationDefinition, logger: Logger) async throws {
        guard deleteJobs else { return }
        try await scaler.deleteJobs(of: definition, grace: deletion.grace, logger: logger)
    }
}

/// The options that select a scaler and its workers.
struct ScalerOptions: ParsableArguments {
    @Option(help: "Suspend or resume the scaler of this Deployment.")
    var scaler = Labels.scaler

    @Option(help: "Look for the leading scaler in this Lease (the scaler's --lease).")
    var scalerLease = Labels.scaler

    @OptionGroup var cluster: ClusterOptions

    /// Suspends the scaler, deletes the Jobs, and waits for both.
    ///
    /// - Throws: `KubernetesError`.
    func deleteJobs(of definition: ExplorationDefinition, grace: TimeSpan?, logger: Logger) async throws {
        let removal = try removal(definition, logger)
        let exists = try await removal.suspendScaler(scaler)
        report("suspended", exists)
        // Whole seconds, rounded up.
        let seconds = grace.map { Int(($0.duration / .seconds(1)).rounded(.up)) }
        try await removal.deleteJobs(grace: seconds, suspended: exists ? scaler : nil, lease: scalerLease) { wait in
            switch wait {
            case .pods(0): print("no pod is left")
            case .pods(let left): print("waiting for \(left) pods to end")
            case .scaler: print("waiting for the scaler to acknowledge its suspension")
            }
        }
    }

    /// Resumes the scaler.
    ///
    /// - Throws: `KubernetesError`.
    func resume(for definition: ExplorationDefinition, logger: Logger) async throws {
        report("resumed", try await removal(definition, logger).resumeScaler(scaler))
    }

    private func removal(_ definition: ExplorationDefinition, _ logger: Logger) throws -> WorkerRemoval {
        WorkerRemoval(
            client: try cluster.client(logger: logger),
            group: WorkerGroup(exploration: definition.name, queue: nil, namespace: cluster.namespace))
    }

    private func report(_ state: String, _ exists: Bool) {
        print(
            exists
                ? "the scaler '\(scaler)' is \(state)"
                : "there is no scaler '\(scaler)' in the namespace '\(cluster.namespace)'")
    }
}
